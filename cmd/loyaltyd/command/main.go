package command

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a machine without time zones knows its own all the same
)

// Main is the program: signals, the command line, and what it exits with.
func Main() {
	// Whatever is created, nobody else on the machine may read it.
	syscall.Umask(0o077)
	// A file at its size limit is a full disk, told as one.
	signal.Ignore(syscall.SIGXFSZ)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not end by itself
	code := Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
