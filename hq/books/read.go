package books

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ReadDecision reads the text that a ledger chains, as strictly as ledger.DecodeJSON
// does. What most rows say it reads by itself: whoever looks all ledgers through would
// spend more on reading decisions than on all else. No decision keeps its text in memory.
func ReadDecision(text []byte) (*Decision, error) {
	d := new(Decision)
	if r := (reader{ledger.NewPlain(text)}); r.decision(d) {
		return d, nil
	}
	d = new(Decision)
	return d, ledger.DecodeJSON(text, d)
}

// reader reads what text writes, but for what few decisions have.
type reader struct{ *ledger.Plain }

func (r reader) decision(d *Decision) bool {
	r.Object(func(name string) int {
		switch name {
		case "v":
			d.V = r.Int()
			return 1
		case "rules":
			d.Rules = r.Int()
			return 2
		case "entry":
			ledger.PlainID(r.Plain, &d.Entry)
			return 3
		case "kind":
			d.Kind = ledger.Kind(r.Own())
			return 4
		case "body":
			d.Body = r.Hash()
			return 5
		case "place":
			d.Place = new(ledger.Place)
			r.Place(d.Place)
			return 6
		case "subject":
			d.Subject = ledger.Subject(r.Own())
			return 7
		case "account":
			d.Account = Holder(r.Own())
			return 8
		case "effective_ms":
			d.At = ledger.Millis(r.Number())
			return 9
		case "verdict":
			d.Verdict = ledger.Verdict(r.Own())
			return 10
		case "program":
			d.Program = r.Own()
			return 11
		case "grant":
			d.Grant = new(ledger.Right)
			r.right(d.Grant)
			return 12
		case "moves":
			d.Moves = r.moves()
			return 13
		case "effect":
			d.Effect = new(loyalty.Effect)
			r.effect(d.Effect)
			return 14
		case "close":
			d.Close = new(closing)
			r.closing(d.Close)
			return 15
		}
		return 0
	})
	return r.Whole()
}

func (r reader) moves() (all Moves) {
	rows := ledger.PlainList(r.Plain, func(p *ledger.Plain, m *alikeMoves) { reader{p}.move(m) })
	for i := range rows {
		some, err := rows[i].each()
		if err != nil {
			r.Fail()
		}
		if all == nil {
			all = some // as a rule it is all there is
		} else {
			all = append(all, some...)
		}
	}
	return all
}

func (r reader) move(m *alikeMoves) {
	r.Object(func(name string) int {
		switch name {
		case "unit":
			m.Unit = ledger.Unit(r.Own())
			return 1
		case "amount":
			m.Amount = ledger.Points(r.Number())
			return 2
		case "from":
			m.From = ledger.LedgerAccount(r.Own())
			return 3
		case "to":
			m.To = ledger.LedgerAccount(r.Own())
			return 4
		case "rule":
			m.Rule = r.Own()
			return 5
		case "reward":
			m.Reward = r.Own()
			return 6
		case "line":
			m.Line = new(r.Int())
			return 7
		case "right":
			ledger.PlainID(r.Plain, &m.Right)
			return 8
		case "lot":
			m.Lot = new(ledger.LotTerms)
			r.Terms(m.Lot)
			return 9
		case "lots":
			m.Lots = r.shares()
			return 10
		case "lines":
			m.Lines = ledger.PlainList(r.Plain, func(p *ledger.Plain, of *lineMove) { reader{p}.lineMove(of) })
			return 11
		}
		return 0
	})
}

func (r reader) shares() []ledger.LotShare {
	return ledger.PlainList(r.Plain, func(p *ledger.Plain, s *ledger.LotShare) { reader{p}.share(s) })
}

func (r reader) share(s *ledger.LotShare) {
	r.Object(func(name string) int {
		switch name {
		case "lot":
			s.Lot = r.Own()
			return 1
		case "amount":
			s.Amount = ledger.Points(r.Number())
			return 2
		}
		return 0
	})
}

func (r reader) lineMove(of *lineMove) {
	r.Take('[')
	of[0] = r.Number()
	r.Take(',')
	of[1] = r.Number()
	r.Take(']')
}

// right reads a right to points, that is no part of another.
func (r reader) right(g *ledger.Right) {
	r.Object(func(name string) int {
		switch name {
		case "id":
			ledger.PlainID(r.Plain, &g.ID)
			return 1
		case "terminal":
			ledger.PlainID(r.Plain, &g.Terminal)
			return 2
		case "epoch":
			g.Epoch = r.Epoch()
			return 3
		case "branch":
			g.Branch = r.Branch()
			return 4
		case "program":
			g.Program = r.Own()
			return 5
		case "unit":
			g.Unit = ledger.Unit(r.Own())
			return 6
		case "amount":
			g.Amount = ledger.Points(r.Number())
			return 7
		case "lots":
			g.Lots = r.shares()
			return 8
		case "spend_until_ms":
			g.SpendUntil = ledger.Millis(r.Number())
			return 9
		case "reclaim_at_ms":
			g.ReclaimAt = ledger.Millis(r.Number())
			return 10
		}
		return 0
	})
}

func (r reader) closing(c *closing) {
	r.Object(func(name string) int {
		switch name {
		case "right":
			ledger.PlainID(r.Plain, &c.Right)
			return 1
		case "state":
			c.State = rightState(r.Own())
			return 2
		}
		return 0
	})
}

func (r reader) effect(e *loyalty.Effect) {
	r.Object(func(name string) int {
		switch name {
		case "entry":
			ledger.PlainID(r.Plain, &e.Entry)
			return 1
		case "kind":
			e.Kind = ledger.Kind(r.Own())
			return 2
		case "effective_ms":
			e.At = ledger.Millis(r.Number())
			return 3
		case "day":
			e.Day = ledger.Date(r.Own())
			return 4
		case "row":
			e.Row = uint64(r.Natural())
			return 5
		case "uses":
			e.Uses = ledger.PlainList(r.Plain, func(p *ledger.Plain, u *loyalty.Use) { reader{p}.use(u) })
			return 6
		case "progress":
			e.Progress = ledger.PlainList(r.Plain, func(p *ledger.Plain, of *loyalty.Progress) { reader{p}.progress(of) })
			return 7
		case "reached":
			e.Reached = ledger.PlainList(r.Plain, func(p *ledger.Plain, of *loyalty.Reached) { reader{p}.reached(of) })
			return 8
		case "joined":
			e.Joined = ledger.Date(r.Own())
			return 9
		case "active":
			e.Active = r.Yes()
			return 10
		case "visits":
			e.Visits = r.Number()
			return 11
		}
		return 0
	})
}

func (r reader) use(u *loyalty.Use) {
	r.Object(func(name string) int {
		switch name {
		case "limit":
			u.Limit = r.Own()
			return 1
		case "uses":
			u.Uses = r.Number()
			return 2
		case "amount":
			u.Amount = ledger.Points(r.Number())
			return 3
		case "rule":
			u.Rule = r.Own()
			return 4
		case "day":
			u.Day = ledger.Date(r.Own())
			return 5
		case "since":
			u.Since = ledger.Date(r.Own())
			return 6
		}
		return 0
	})
}

func (r reader) progress(p *loyalty.Progress) {
	r.Object(func(name string) int {
		switch name {
		case "unit":
			p.Unit = ledger.Unit(r.Own())
			return 1
		case "day":
			p.Day = ledger.Date(r.Own())
			return 2
		case "amount":
			p.Amount = ledger.Points(r.Number())
			return 3
		case "since":
			p.Since = ledger.Date(r.Own())
			return 4
		}
		return 0
	})
}

func (r reader) reached(of *loyalty.Reached) {
	r.Object(func(name string) int {
		switch name {
		case "level":
			of.Level = r.Own()
			return 1
		case "until":
			of.Until = ledger.Date(r.Own())
			return 2
		}
		return 0
	})
}
