// Package demo tells the story of loyaltyd without hardware, network or
// configuration: a headquarters and the two tills of a store as processes of
// their own, devices on pseudo-terminals, a proxy that is the network and gets
// cut, and at the end three balances read from three folders that agree.
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// Options says how the demo is run.
type Options struct {
	// Executable is the loyaltyd to start.
	Executable string
	// Dir keeps the three folders; a new temporary one where empty.
	Dir string
	// Once ends after the story; otherwise the tills stay open to play with.
	Once bool
	Out  io.Writer // the story
}

// storyLimit ends a story that hangs.
const storyLimit = 2 * time.Minute

// Run tells the story. An error means that it did not go as it should; the
// folders are kept either way.
func Run(ctx context.Context, o Options) error {
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "loyaltyd-demo-")
		if err != nil {
			return err
		}
		o.Dir = dir
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return fmt.Errorf("%s is not empty: name a new folder", dir)
	}
	o.Dir = dir
	s := &stage.Stage{Dir: dir, Executable: o.Executable}
	defer s.Close()
	if err := perform(ctx, s, o); err != nil {
		return fmt.Errorf("%w\nwhat the processes said stands in %s", err, s.LogFile("*"))
	}
	if o.Once {
		return nil
	}
	return play(ctx, s, o)
}

// perform tells the story and reads the balances.
func perform(ctx context.Context, s *stage.Stage, o Options) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, storyLimit)
	defer cancel()
	if err := tell(ctx, s, o.Out); err != nil {
		return err
	}
	fmt.Fprint(o.Out, "\nHer balance, read from the three folders:\n")
	if o.Once {
		s.Drain() // nothing runs any more: what is read is what is on disk
	}
	if err := Check(ctx, o); err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "\nAll of it in %.1f seconds. The folders are kept: %s\n", time.Since(began).Seconds(), s.Dir)
	return nil
}
