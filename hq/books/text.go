package books

import (
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// text is JSON under way, to the byte as encoding/json writes it: rows are chained. That
// looks at each field of a decision by reflection, which costs a sale more than what is
// decided of it. What few decisions have is left to encoding/json.
type text struct {
	bytes []byte
	err   error
}

// key begins a field.
func (t *text) key(name string) {
	t.comma()
	t.bytes = append(append(append(t.bytes, '"'), name...), '"', ':')
}

// comma parts what comes from what stands before it.
func (t *text) comma() {
	if last := t.bytes[len(t.bytes)-1]; last != '{' && last != '[' {
		t.bytes = append(t.bytes, ',')
	}
}

func (t *text) put(c byte) { t.bytes = append(t.bytes, c) }

// json writes a value of any kind.
func (t *text) json(v any) {
	some, err := json.Marshal(v)
	if err != nil {
		t.err = err
	}
	t.bytes = append(t.bytes, some...)
}

func (t *text) string(s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			t.json(s)
			return
		}
	}
	t.bytes = append(append(append(t.bytes, '"'), s...), '"')
}

func (t *text) number(n int64) { t.bytes = strconv.AppendInt(t.bytes, n, 10) }

func (t *text) hex(b []byte) {
	t.put('"')
	t.bytes = hex.AppendEncode(t.bytes, b)
	t.put('"')
}

// id writes one as its String does.
func (t *text) id(id [16]byte) {
	t.put('"')
	rest := id[:]
	for i, size := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			t.put('-')
		}
		t.bytes = hex.AppendEncode(t.bytes, rest[:size])
		rest = rest[size:]
	}
	t.put('"')
}

// some writes a field that stands only where it says something.
func (t *text) some(name, s string) {
	if s != "" {
		t.key(name)
		t.string(s)
	}
}

func (t *text) someNumber(name string, n int64) {
	if n != 0 {
		t.key(name)
		t.number(n)
	}
}

func (t *text) someYes(name string, yes bool) {
	if yes {
		t.key(name)
		t.bytes = append(t.bytes, "true"...)
	}
}

// seldom is a field that most decisions do not have.
func (t *text) seldom(name string, has bool, v any) {
	if has {
		t.key(name)
		t.json(v)
	}
}

// list writes a field of several, which stands only where there are any.
func list[T any](t *text, name string, all []T, one func(*T)) {
	if len(all) == 0 {
		return
	}
	t.key(name)
	t.put('[')
	for i := range all {
		t.comma()
		one(&all[i])
	}
	t.put(']')
}

func (t *text) decision(d *Decision) {
	t.put('{')
	t.key("v")
	t.number(int64(d.V))
	t.key("rules")
	t.number(int64(d.Rules))
	t.key("entry")
	t.id(d.Entry)
	t.key("kind")
	t.string(string(d.Kind))
	t.key("body")
	t.hex(d.Body[:])
	if d.Place != nil {
		t.key("place")
		t.place(d.Place)
	}
	t.seldom("orig", d.Orig != nil, d.Orig)
	t.key("subject")
	t.string(string(d.Subject))
	t.key("account")
	t.string(string(d.Account))
	t.key("effective_ms")
	t.number(int64(d.At))
	t.key("verdict")
	t.string(string(d.Verdict))
	t.some("program", d.Program)
	t.seldom("grant", d.Grant != nil, d.Grant)
	list(t, "moves", joined(d.Moves), t.move)
	if d.Effect != nil {
		t.key("effect")
		t.effect(d.Effect)
	}
	t.seldom("close", d.Close != nil, d.Close)
	t.someNumber("lost_worth_minor", int64(d.LostWorth))
	t.seldom("segment", d.Segment != nil, d.Segment)
	t.seldom("sale", !d.Sale.IsZero(), d.Sale)
	t.seldom("back", len(d.Back) > 0, d.Back)
	t.someNumber("total", int64(d.Total))
	t.seldom("rights", len(d.Rights) > 0, d.Rights)
	t.seldom("lane", !d.Lane.IsZero(), d.Lane)
	t.put('}')
}

func (t *text) place(p *ledger.Place) {
	t.put('{')
	t.key("terminal")
	t.id(p.Terminal)
	t.key("epoch")
	t.number(int64(p.Epoch))
	t.key("branch")
	t.hex(p.Branch[:])
	t.key("seq")
	t.bytes = strconv.AppendUint(t.bytes, uint64(p.Seq), 10)
	t.put('}')
}

func (t *text) move(m *alikeMoves) {
	t.put('{')
	t.key("unit")
	t.string(string(m.Unit))
	t.key("amount")
	t.number(int64(m.Amount))
	t.key("from")
	t.string(string(m.From))
	t.key("to")
	t.string(string(m.To))
	t.some("rule", m.Rule)
	t.some("reward", m.Reward)
	t.line(m.Line)
	t.seldom("right", !m.Right.IsZero(), m.Right)
	if m.Lot != nil {
		t.key("lot")
		t.terms(m.Lot)
	}
	list(t, "lots", m.Lots, t.share)
	list(t, "lines", m.Lines, t.lineMove)
	t.put('}')
}

func (t *text) line(of *int) {
	if of != nil {
		t.key("line")
		t.number(int64(*of))
	}
}

func (t *text) terms(l *ledger.LotTerms) {
	t.put('{')
	t.someNumber("vests_at_ms", int64(l.VestsAt))
	t.someNumber("expires_at_ms", int64(l.ExpiresAt))
	t.some("idle", l.Idle)
	t.seldom("promise", l.Promise != ledger.Promise{}, l.Promise)
	t.put('}')
}

func (t *text) share(s *ledger.LotShare) {
	t.put('{')
	t.key("lot")
	t.string(s.Lot)
	t.key("amount")
	t.number(int64(s.Amount))
	t.put('}')
}

func (t *text) lineMove(m *lineMove) {
	t.put('[')
	t.number(m[0])
	t.put(',')
	t.number(m[1])
	t.put(']')
}

func (t *text) effect(e *loyalty.Effect) {
	t.put('{')
	t.key("entry")
	t.id(e.Entry)
	t.key("kind")
	t.string(string(e.Kind))
	t.key("effective_ms")
	t.number(int64(e.At))
	t.key("day")
	t.string(string(e.Day))
	t.key("row")
	t.bytes = strconv.AppendUint(t.bytes, e.Row, 10)
	t.seldom("moves", len(e.Moves) > 0, e.Moves)
	t.seldom("uses", len(e.Uses) > 0, e.Uses)
	t.seldom("statuses", len(e.Statuses) > 0, e.Statuses)
	t.seldom("ended", len(e.Ended) > 0, e.Ended)
	list(t, "progress", e.Progress, t.progress)
	t.seldom("reached", len(e.Reached) > 0, e.Reached)
	t.seldom("idled", len(e.Idled) > 0, e.Idled)
	t.some("joined", string(e.Joined))
	t.someYes("active", e.Active)
	t.someNumber("visits", e.Visits)
	t.someNumber("referrals", e.Referrals)
	t.someYes("referred", e.Referred)
	t.some("referrer", string(e.Referrer))
	t.seldom("taken", e.Taken != nil, e.Taken)
	t.seldom("sale", !e.Sale.IsZero(), e.Sale)
	t.seldom("back", len(e.Back) > 0, e.Back)
	t.someNumber("total", int64(e.Total))
	t.someYes("void", e.Void)
	t.seldom("gone", e.Gone != nil, e.Gone)
	t.seldom("came", e.Came != nil, e.Came)
	t.put('}')
}

func (t *text) progress(p *loyalty.Progress) {
	t.put('{')
	t.key("unit")
	t.string(string(p.Unit))
	t.key("day")
	t.string(string(p.Day))
	t.key("amount")
	t.number(int64(p.Amount))
	t.some("since", string(p.Since))
	t.put('}')
}
