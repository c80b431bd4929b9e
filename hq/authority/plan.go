package authority

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Plan is a right that is to be placed. Room is taken for it first, then it is granted.
type Plan struct {
	Holder books.Holder
	Right  ledger.Right
	// Failed is why it came to nothing: ErrNoRoom, books.ErrShort or worse.
	Failed error
	cost   ledger.Points // its amount is a multiple of it
	// room is how much of its amount there is room for.
	room ledger.Points
}

// TakeRoom takes room for a plan at its terminal, as much as there is, and bounds the
// plan by it; where there is none it fails.
func (a *Authority) TakeRoom(tx *database.Tx, p *Plan) error {
	var most ledger.Points
	if most, p.Failed = a.capOf(tx, p.Right.Terminal, p.Right.Program); p.Failed == nil {
		p.room, p.Failed = takeRoom(tx, most, &p.Right, p.Holder, p.cost)
	}
	if errors.Is(p.Failed, database.ErrStorage) {
		return p.Failed
	}
	return nil
}

// Grant grants a plan that has room, undone alone if it fails. Whoever took the room may
// have stood still since, for as long as anything may, while others gave it back.
func (a *Authority) Grant(tx *database.Tx, p *Plan) error {
	right := p.Right
	right.Amount = p.room
	has, err := hasRoom(tx, &right, p.Holder)
	if err != nil {
		return err
	}
	if !has {
		p.Failed = ErrRoomMoved
		return nil
	}
	p.Failed, err = tx.Attempt(func() error { return a.grant(tx, p.Holder, right) })
	return err
}

// GiveBack gives back the room that a plan took which failed. The same right may have been
// asked for twice, and been granted to the other.
func (p *Plan) GiveBack(tx *database.Tx) error {
	return Orphan{p.Right.Terminal.String(), p.Right.ID.String()}.GiveBack(tx)
}

// Plan says what is to be placed of an account: of each program its share of all
// that is free or at terminals, less what is at terminals, at the lane used last
// under it.
func (a *Authority) Plan(tx *database.Tx, of books.Holder) (plans []*Plan, err error) {
	b, err := records.OpenBooks(tx, of)
	if err != nil || b.Lane.Terminal.IsZero() {
		return nil, err
	}
	if to, err := records.Survivor(tx, of); err != nil || to != of {
		return nil, err
	}
	if nobodys, err := records.IsNobodys(tx, of); err != nil || nobodys {
		return nil, err
	}
	if wanted, err := records.HasHandedBack(tx, of); err != nil || wanted {
		return nil, err // making them marks the account again
	}
	for _, p := range a.Programs.Chain {
		some, err := a.planUses(tx, b, p.At(a.Now))
		if err != nil {
			return nil, err
		}
		plans = append(plans, some...)
	}
	balances, err := records.ReadBalances(tx, of)
	if err != nil {
		return nil, err
	}
	for _, have := range balances {
		some, err := a.planShare(tx, b, have)
		if err != nil {
			return plans, err
		}
		plans = append(plans, some...)
	}
	return plans, nil
}

// planShare says what is to be placed of one balance: a right, or one for each
// kind of voucher.
func (a *Authority) planShare(tx *database.Tx, b *books.Books, have ledger.Balance) (plans []*Plan, err error) {
	policy := a.Policy(have.Program)
	cost, ok := policy.places(have.Program, have.Unit)
	if !ok {
		return nil, nil
	}
	due, err := policy.due(have, cost)
	if err != nil || due == 0 {
		return nil, err
	}
	_, voucher := have.Unit.Voucher()
	t, err := a.laneFor(tx, b, have.Program, !voucher)
	if err != nil || t == nil {
		return nil, err
	}
	whole := a.planOf(b, t, books.BalanceKey{Program: have.Program, Unit: have.Unit}, due, cost)
	rights, err := kindsOf(tx, b.Holder, whole.Right, a.Now)
	for _, r := range rights {
		plans = append(plans, &Plan{Holder: b.Holder, cost: cost, Right: r})
	}
	return plans, err
}

// laneFor is where something of a program is to be placed: the lane used last
// under it, or, of what may be split, the hub of that lane's store, from where all
// its lanes have it. A voucher is used where its terms are known, at a lane. It is nil
// where there is none, where the lane is fenced or its store has another program, and
// where it is lost, for all that is heard of it.
func (a *Authority) laneFor(tx *database.Tx, b *books.Books, program string, split bool) (*records.Terminal, error) {
	lane, err := b.LaneOf(program)
	if err != nil || lane.IsZero() {
		return nil, err
	}
	t, err := records.ReadTerminal(tx, lane)
	if err != nil {
		return nil, err
	}
	if split {
		if err := a.toHub(tx, &t, program); err != nil {
			return nil, err
		}
	}
	if t.Fenced || t.Epoch == 0 || a.Policy(program).silent(&t, a.Now) || !a.Programs.Serves(t.Store, program) {
		return nil, nil
	}
	return &t, nil
}

// planOf is a right to an amount of a unit, bound to a terminal, under an id that
// is made of what it stands for.
func (a *Authority) planOf(b *books.Books, t *records.Terminal, of books.BalanceKey, amount, cost ledger.Points) *Plan {
	p := &Plan{Holder: b.Holder, cost: cost, Right: ledger.Right{
		ID:      books.OwnID("place", string(b.Holder), of.Program, string(of.Unit), t.ID.String(), fmt.Sprint(b.N), fmt.Sprint(a.Incarnation)),
		Program: of.Program, Unit: of.Unit, Amount: amount,
	}}
	a.Policy(of.Program).bind(&p.Right, t, a.Now)
	return p
}

// toHub makes the hub of a lane's store of the lane, where there is one that is
// heard of.
func (a *Authority) toHub(tx *database.Tx, t *records.Terminal, program string) error {
	hub, err := records.HubOf(tx, t.Store)
	if err != nil || hub == nil || hub.Epoch == 0 || a.Policy(program).silent(hub, a.Now) {
		return err
	}
	*t = *hub
	return nil
}

// capOf is how much of a program's units may stand at a terminal: at a hub, what
// all lanes of its store may hold.
func (a *Authority) capOf(tx *database.Tx, id ledger.TerminalID, program string) (ledger.Points, error) {
	most := a.Policy(program).PerTerminal
	t, err := records.ReadTerminal(tx, id)
	if err != nil || !t.Hub {
		return most, err
	}
	var lanes int64
	err = tx.QueryRow(`
		SELECT count(*) FROM terminal
		WHERE store = $1 AND hub = 0 AND fenced_at_ms IS NULL`, t.Store).Scan(&lanes)
	if err != nil {
		return 0, fmt.Errorf("count lanes: %w", err)
	}
	all, err := ledger.MulDivFloor(lanes, int64(most), 1)
	return ledger.Points(all), err
}
