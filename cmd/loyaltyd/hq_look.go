package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
)

// openLook reads the headquarters of the configured folder, beside a running one.
func (c *console) openLook(ctx context.Context) (config configs.Config, look *hq.Look, err error) {
	if config, err = c.config(); err != nil {
		return config, nil, err
	}
	if !lookAt(config.DataDir).headquarters() {
		return config, nil, fail(exitUnavailable, "run it where the chain's headquarters is", errors.New("this till knows only its own part"))
	}
	look, err = hq.OpenReadOnly(ctx, hqOptions(config))
	return config, look, err
}

// tillNamed finds a till by its id, or by its name where only one of those that fit
// has it.
func tillNamed(ctx context.Context, look *hq.Look, name string, fits func(hq.TerminalState) bool) (found hq.TerminalState, err error) {
	all, err := look.Terminals(ctx)
	if err != nil {
		return found, err
	}
	named := 0
	for _, t := range all {
		if t.Terminal.String() == name {
			return t, nil
		}
		if t.Name == name && fits(t) {
			found, named = t, named+1
		}
	}
	switch named {
	case 0:
		return found, fail(exitData, "`loyaltyd hq terminals` lists them, with --json their ids too",
			fmt.Errorf("there is no till %q", name))
	case 1:
		return found, nil
	}
	return found, fail(exitData, "give its id: `loyaltyd hq terminals --json` has it", fmt.Errorf("there are several tills %q", name))
}

func inUse(t hq.TerminalState) bool { return t.Fenced == "" }
