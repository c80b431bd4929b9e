package inquiry

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Loss is a spend that no right paid for, or what came back of one (below zero).
type Loss struct {
	Entry    ledger.EntryID `json:"entry"`
	Account  string         `json:"account"`
	Terminal string         `json:"terminal"` // where it was first written
	Name     string         `json:"terminal_name"`
	Place    string         `json:"place"`
	At       ledger.Millis  `json:"effective_ms"`
	Program  string         `json:"program"`
	Unit     ledger.Unit    `json:"unit"`
	Amount   ledger.Points  `json:"amount"`
	Worth    ledger.Minor   `json:"worth_minor,omitempty"` // of uses, in money
	Right    ledger.RightID `json:"right,omitzero"`
	Why      string         `json:"why"`
}

// Why a right did not pay.
const (
	whyNoRight   = "there is no such right"
	whyElsewhere = "by a copy or a restored disk: the right was another's"
	whyReclaimed = "after the right was taken back"
	whyReturned  = "after its terminal had given the right back"
	whyBeyond    = "more than the right had"
	whyCameBack  = "a return of what a loss had paid"
)

// losses reads the rows of ledgers that took from the program's loss, or gave back
// to it: none of them is simply posted.
func (l *exposureLook) losses() error {
	rows, err := l.tx.Query(`
		SELECT account, n, decided
		FROM ledger
		WHERE verdict <> 'posted' AND ($1 = '' OR account = $2)
		ORDER BY recorded_at_ms, account, n`, l.account, l.account)
	if err != nil {
		return fmt.Errorf("read losses: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var of books.Holder
		var n uint64
		var decided []byte
		if err := rows.Scan(&of, &n, &decided); err != nil {
			return fmt.Errorf("read losses: %w", err)
		}
		d, err := books.ReadDecision(decided)
		if err != nil {
			return fmt.Errorf("read decision: %w", err)
		}
		done, err := l.lossesOf(d, of, n)
		if err != nil || done {
			return err
		}
	}
	return rows.Err()
}

// lossesOf notes what one decision lost; done says that there is no room for more.
func (l *exposureLook) lossesOf(d *books.Decision, of books.Holder, n uint64) (done bool, err error) {
	for _, m := range d.Moves {
		if m.From != ledger.Loss && m.To != ledger.Loss || d.Place == nil {
			continue
		}
		first := *d.Place
		if d.Orig != nil {
			first = *d.Orig
		}
		if l.terminal != "" && l.terminal != first.Terminal.String() {
			continue
		}
		if l.full(len(l.out.Losses)) {
			return true, nil
		}
		loss := Loss{
			Entry: d.Entry, Account: string(of), Terminal: first.Terminal.String(), Name: l.names[first.Terminal],
			Place: fmt.Sprintf("%d.%d", first.Epoch, first.Seq), At: d.At, Program: d.Program, Unit: m.Unit, Amount: m.Amount, Right: m.Right,
		}
		if m.To == ledger.Loss {
			loss.Amount, loss.Why = -m.Amount, whyCameBack
		} else if loss.Why, err = l.why(of, m, first, n); err != nil {
			return false, err
		}
		if _, use := m.Unit.Use(); use && m.From == ledger.Loss {
			loss.Worth = d.LostWorth
		}
		l.out.Losses = append(l.out.Losses, loss)
	}
	return false, nil
}

// why says why the right that a spend names did not pay for it, at a row of the
// ledger.
func (l *exposureLook) why(of books.Holder, m loyalty.Move, at ledger.Place, n uint64) (string, error) {
	r, err := records.Loading(l.tx).Right(of, m.Right)
	switch {
	case err != nil:
		return "", err
	case r == nil:
		return whyNoRight, nil
	case r.Terminal != at.Terminal || r.Epoch != at.Epoch || r.Branch != at.Branch:
		return whyElsewhere, nil
	case r.State == books.RightReclaimed && r.N < n:
		return whyReclaimed, nil
	case r.State == books.RightReturned && r.N < n:
		return whyReturned, nil
	}
	return whyBeyond, nil
}
