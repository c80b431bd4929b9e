package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/report"
)

// foundHead is where in the chain a head stands that was printed once.
type foundHead struct {
	ledger.Head
	Day ledger.Date `json:"business_day_date,omitempty"`
}

// findHead looks a printed head up; nil where none was asked for.
func findHead(ctx context.Context, config configs.Config, printed string) (*foundHead, error) {
	if printed == "" {
		return nil, nil
	}
	if err := refuseHeadquarters(config); err != nil {
		return nil, err
	}
	view, _, err := datadir.OpenView(ctx, config)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	head, day, err := view.FindHead(ctx, printed)
	switch {
	case errors.Is(err, offline.ErrNoSuchHead):
		return nil, exit.Fail(exit.Failed, "the paper is another till's, or this journal was rewritten or salvaged after it was printed", err)
	case errors.Is(err, offline.ErrHeadText):
		return nil, exit.Fail(exit.Usage, "", err)
	case err != nil:
		return nil, err
	}
	return &foundHead{head, day}, nil
}

// words say where the head is, and what that proves.
func (h foundHead) words(whole bool) string {
	text := fmt.Sprintf("head %s is entry %d.%d", report.ShortHash(h.Hash), h.Epoch, h.Seq)
	if h.Day != "" {
		text += fmt.Sprintf(", of %s", h.Day)
	}
	if whole {
		text += ": nothing up to there was changed since it was printed"
	}
	return text
}
