// Command loyaltyd is the loyalty system of a checkout that keeps working
// when the network does not: the terminal, headquarters, and what looks after
// them. This package is commands and wiring; it alone reads configuration.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a machine without time zones knows its own all the same
)

func main() {
	// Whatever is created, nobody else on the machine may read it.
	syscall.Umask(0o077)
	// A file at its size limit is a full disk, told as one.
	signal.Ignore(syscall.SIGXFSZ)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
