package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
// have the balance that the displays told, or where somebody played on, what they
// had when she left. Any row that was changed since shows here, and what is wrong
// with it.
func Check(ctx context.Context, o Options) error {
	s := &stage.Stage{Dir: o.Dir, Executable: o.Executable}
	if err := isDemo(s); err != nil {
		return err
	}
	last, err := readPlayed(o.Dir)
	if err != nil {
		return err
	}
	var wrong []error
	unknown := false
	for _, name := range folders {
		b, err := checked(ctx, s, o.Out, name)
		told, known := last.told(name)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case !known:
			unknown = true
		case b.Balance != told:
			wrong = append(wrong, fmt.Errorf("%s says %d points, the displays told %d", name, b.Balance, told))
		}
	}
	if len(wrong) == 0 {
		fmt.Fprintln(o.Out, "    "+verdict(last, unknown))
	}
	return errors.Join(wrong...)
}

// ErrNoDemo says that a folder is none that a demo left.
var ErrNoDemo = errors.New("no folder that a demo left")

// isDemo refuses a folder that no demo left.
func isDemo(s *stage.Stage) error {
	for _, name := range folders {
		if _, err := os.Stat(s.Config(name)); err != nil {
			return fmt.Errorf("%s is %w: %w", s.Dir, ErrNoDemo, err)
		}
	}
	return nil
}

// checked verifies a folder and says what it has, and what was found wrong.
func checked(ctx context.Context, s *stage.Stage, out io.Writer, name string) (balance, error) {
	var report struct {
		Rows     int      `json:"rows"`
		Findings []string `json:"findings"`
	}
	verified := "verified"
	wrong := s.Ask(ctx, &report, name, "verify")
	if wrong != nil {
		verified = "NOT VERIFIED"
	}
	if len(report.Findings) > 0 {
		wrong = fmt.Errorf("%s is not as it was written", name)
	}
	b, err := member(ctx, s, name)
	has := fmt.Sprintf("balance %d", b.Balance)
	if err != nil {
		has = "no balance"
	}
	fmt.Fprintf(out, "    %-6s %s, %s (%d rows)\n", name, has, verified, report.Rows)
	for _, finding := range report.Findings {
		fmt.Fprintf(out, "           %s\n", finding)
	}
	return b, errors.Join(wrong, err)
}

// verdict is what three folders say together that have nothing wrong.
func verdict(last played, unknown bool) string {
	switch {
	case unknown:
		return "They were played with after the story, and nobody noted how it ended: verified, compared with nothing."
	case last != nil:
		return "They were played with after the story: all three are as they were left."
	}
	return "All three agree with what the displays told."
}
