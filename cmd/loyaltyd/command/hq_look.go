package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

// openLook reads the headquarters of the configured folder, beside a running one.
func (c *console) openLook(ctx context.Context) (config configs.Config, look *hq.Look, err error) {
	if config, err = c.config(); err != nil {
		return config, nil, err
	}
	if err := datadir.Look(config.DataDir).RefuseReading(); err != nil {
		return config, nil, err
	}
	look, err = hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if errors.Is(err, fs.ErrNotExist) && config.HQ.Database == "" {
		err = exit.Fail(exit.Unavailable, "name its PostgreSQL database with --database, or in the configuration; if it was a file, put a backup back: `loyaltyd restore --help`",
			fmt.Errorf("%s holds the keys of a headquarters, and no database: %w", config.DataDir, err))
	}
	return config, look, err
}

// tillNamed finds a till by its id or its name. Where several have the name, it is
// the only one that fits, if there is such a one; otherwise all are listed.
func (c *console) tillNamed(ctx context.Context, look *hq.Look, name string, fits func(inquiry.TerminalState) bool) (inquiry.TerminalState, error) {
	all, err := look.Terminals(ctx)
	if err != nil {
		return inquiry.TerminalState{}, err
	}
	var named, fitting []inquiry.TerminalState
	for _, t := range all {
		if t.Terminal.String() == name {
			return t, nil
		}
		if t.Name == name {
			named = append(named, t)
		}
		if t.Name == name && fits(t) {
			fitting = append(fitting, t)
		}
	}
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(named) == 1:
		return named[0], nil
	case len(named) == 0:
		return inquiry.TerminalState{}, exit.Fail(exit.Data, "`loyaltyd hq terminals` lists them", fmt.Errorf("there is no till %q", name))
	}
	return inquiry.TerminalState{}, exit.Fail(exit.Data, "give the id of one of them", fmt.Errorf("%d tills had the name %q:%s", len(named), name, listed(named, c.zone)))
}

func listed(tills []inquiry.TerminalState, zone *time.Location) (text string) {
	for _, t := range tills {
		text += fmt.Sprintf("\n    %s, store %s, heard last at %s: %s", t.Terminal, t.Store, stamp.Of(t.SeenAt, zone), tillState(t, zone))
	}
	return text
}

func inUse(t inquiry.TerminalState) bool { return t.Fenced == "" }

func hasHeld(t inquiry.TerminalState) bool { return t.Held > 0 }

// either fits any: nobody but who asks knows which is meant.
func either(inquiry.TerminalState) bool { return true }
