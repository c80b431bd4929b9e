package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// balance is what `member show --json` says of her points.
type balance struct {
	Balance   int64 `json:"balance"`
	Spendable int64 `json:"spendable_here"`
	Pending   int64 `json:"pending"`
}

// tills are the two of the store.
var tills = []string{"till1", "till2"}

// folders are who is asked at the end.
var folders = append([]string{"hq"}, tills...)

// member asks one folder for her balance. The number is written as a third
// person would, and is the same member.
func member(ctx context.Context, s *stage.Stage, name string) (balance, error) {
	var shown struct {
		Balances []balance `json:"balances"`
	}
	if err := s.Ask(ctx, &shown, name, "member", "show", ayseWritten); err != nil {
		return balance{}, err
	}
	if len(shown.Balances) != 1 {
		return balance{}, fmt.Errorf("%s: %d balances, want one", name, len(shown.Balances))
	}
	return shown.Balances[0], nil
}

// Check reads the folders a demo left: each must verify, and all three must
// have the balance that the displays told. Any row that was changed since
// shows here.
func Check(ctx context.Context, o Options) error {
	s := &stage.Stage{Dir: o.Dir, Executable: o.Executable}
	var wrong []error
	for _, name := range folders {
		var report struct {
			Rows int `json:"rows"`
		}
		verified := "verified"
		if err := s.Ask(ctx, &report, name, "verify"); err != nil {
			wrong = append(wrong, err)
			verified = "NOT VERIFIED"
		}
		b, err := member(ctx, s, name)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		fmt.Fprintf(o.Out, "    %-6s balance %d, %s (%d rows)\n", name, b.Balance, verified, report.Rows)
		if b.Balance != finalBalance {
			wrong = append(wrong, fmt.Errorf("%s says %d points, the displays told %d", name, b.Balance, finalBalance))
		}
	}
	if len(wrong) == 0 {
		fmt.Fprintln(o.Out, "    All three agree with what the displays told.")
	}
	return errors.Join(wrong...)
}
