// A drop folder for a closed POS: it writes POSLog XML, this tells the till.
//
//	poslog FOLDER URL TOKEN-FILE
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// rest is how long the folder is left alone between two looks. A folder that
// another machine writes to tells nobody of its changes, so it is looked at.
const rest = time.Second

func main() {
	log.SetFlags(0)
	args := os.Args[1:]
	once := len(args) > 0 && args[0] == "-once"
	if once {
		args = args[1:]
	}
	if len(args) != 3 {
		log.Fatal("usage: poslog [-once] FOLDER URL TOKEN-FILE")
	}
	token, err := os.ReadFile(args[2])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f := folder{args[0], &till{args[1], strings.TrimSpace(string(token)), http.Client{Timeout: 5 * time.Second}}}
	if err := f.make(); err != nil {
		log.Fatal(err)
	}
	for {
		if err := f.round(ctx); err != nil {
			log.Print(err, "; tried again")
		}
		if once {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}
