package hq_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// happened is one thing at one till, told to each of two members alike.
type happened struct {
	kind   string
	on     string // of an activity
	till   int
	line   ledger.Line
	tender string
	redeem string
	of     int // which sale comes back
	part   ledger.Minor
	hours  int  // until the next
	push   bool // the second member's till tells headquarters at once
}

func (o *orderly) drawHappened(r *rapid.T) (all []happened) {
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(r, what) }
	kinds := []string{"sell", "sell", "sell", "return", "void", "return elsewhere"}
	if len(o.on) > 0 {
		kinds = append(kinds, "do")
	}
	for range rapid.IntRange(2, 12).Draw(r, "steps") {
		h := happened{
			kind: one("kind", kinds...), till: rapid.IntRange(0, 2).Draw(r, "till"), tender: one("tender", "cash", "key_card"),
			of:   rapid.IntRange(0, 20).Draw(r, "of"),
			part: ledger.Minor(rapid.IntRange(1, 3000).Draw(r, "part")), hours: rapid.IntRange(0, 60).Draw(r, "hours"),
			push: rapid.IntRange(0, 3).Draw(r, "push") == 0,
		}
		net := ledger.Minor(rapid.OneOf(rapid.IntRange(0, 5000), rapid.IntRange(0, 90_000)).Draw(r, "net"))
		h.line = ledger.Line{Net: net, Gross: net, Quantity: rapid.Int64Range(1, 13).Draw(r, "quantity"), SKU: one("sku", "x", "PLUS-1M", "COFFEE-1KG")}
		h.line.Categories = []string{one("category", o.categories...)}
		if h.kind == "do" {
			h.on = one("on", o.on...)
		}
		for _, reward := range o.w.program.Rewards() {
			if reward.Off() > 0 && reward.Cost > 0 && rapid.IntRange(0, 3).Draw(r, "redeem") == 0 {
				h.redeem = reward.ID
			}
		}
		all = append(all, h)
	}
	return all
}

// told is one member's story at her three tills.
type told struct {
	*world
	phone string
	tills []*till
	at    []*shopper
	sales []soldAt
	ended time.Time // her last day at a till
	// cameBack says that something of a sale did.
	cameBack bool
}

type soldAt struct {
	till  int
	entry *ledger.Entry
	backs []*ledger.Entry
}

func newTold(t *testing.T, w *world, phone string) *told {
	m := &told{world: w, phone: phone}
	for i := range 3 {
		m.tills = append(m.tills, w.newTill(fmt.Sprint(phone, " lane ", i)))
	}
	first := newShopper(t, w, m.tills[0], phone)
	m.at = append(m.at, first)
	m.sell(0, ledger.Line{Net: 150_000, Gross: 150_000, Quantity: 1}, "cash", "")
	m.tills[0].sync()
	for _, at := range m.tills[1:] {
		at.pull()
		m.at = append(m.at, &shopper{till: at, program: w.program, subject: first.subject})
	}
	return m
}

// sell sells, with a reward if the till has what it costs.
func (m *told) sell(at int, line ledger.Line, tender, redeem string) {
	m.Helper()
	var asked []loyalty.Redemption
	if r, ok := m.program.Reward(redeem); ok && line.Gross >= r.Off() {
		for id, right := range m.tills[at].rights {
			if right.Unit == r.Unit && right.Amount >= r.Cost {
				asked = []loyalty.Redemption{{Reward: redeem, Times: 1}}
				defer func() { m.tills[at].rights[id].Amount -= r.Cost }()
				break
			}
		}
	}
	m.sales = append(m.sales, soldAt{at, m.at[at].buys([]ledger.Line{line}, tender, asked...), nil})
}

func (m *told) happens(h happened) {
	m.Helper()
	switch h.kind {
	case "sell":
		m.sell(h.till, h.line, h.tender, h.redeem)
	case "do":
		name := []string{"first_purchase", "other"}[h.of%2]
		// Under one ref always the same, on the same day: which of two that differ
		// counts is who comes first.
		ref := fmt.Sprint(m.phone, h.on, h.of%4, loyalty.Moment{At: ledger.MillisOf(m.now()), Zone: istanbul}.Day())
		did := ledger.Activity{On: h.on, Name: name, Ref: ref, Value: int64(h.of%4) * 1300}
		m.at[h.till].does(did, nil)
	default:
		m.comesBack(h)
	}
}

func (m *told) comesBack(h happened) {
	m.Helper()
	s := &m.sales[h.of%len(m.sales)]
	rest, err := loyalty.RestOf(s.entry, backsOf(s.backs))
	if err != nil {
		m.Fatal(err)
	}
	wish := loyalty.Wish{All: true}
	if h.kind != "void" {
		wish = loyalty.Wish{Gross: h.part}
	}
	if _, err := rest.Take(wish); err != nil {
		return // that is not left
	}
	m.cameBack = true
	if at := m.tills[(s.till+1)%3]; h.kind == "return elsewhere" {
		s.backs = append(s.backs, at.elsewhere(m.tills[s.till], s.entry, ledger.ReturnedLine{Gross: h.part}))
		return
	}
	s.backs = append(s.backs, m.tills[s.till].comeBack(s.entry, s.backs, wish))
}

func backsOf(entries []*ledger.Entry) (all []loyalty.Back) {
	for _, e := range entries {
		all = append(all, loyalty.BackOf(e))
	}
	return all
}

// sums are what headquarters made of a story: what was earned and redeemed, less
// what came back, by unit, and what she has and is. Left out is what depends on
// when headquarters heard, and nothing else of these units: rewards that came by
// themselves, with what they cost; what the program lost because a till was
// silent until its right was called back; and whether something had lapsed before
// it came back, so that it is owed. A level may be reached by what comes back
// later, or not: it is compared where nothing did.
func (m *told) sums(db *sql.DB) map[string]any {
	m.Helper()
	sums := map[string]any{}
	add := func(key string, amount ledger.Points) {
		before, _ := sums[key].(ledger.Points)
		sums[key] = before + amount
	}
	for _, b := range m.member(m.phone).Balances {
		// What rights hold is not there to be taken back, so that it may be owed meanwhile.
		add("has of "+string(b.Unit), b.Available+b.Escrowed+b.Pending-b.Receivable)
	}
	for _, d := range m.decided(db) {
		for _, move := range d.Moves {
			for side, sign := range map[ledger.LedgerAccount]ledger.Points{move.From: 1, move.To: -1} {
				amount := sign * move.Amount
				switch {
				case (side == ledger.Issued || side == ledger.Redeemed) && d.Kind == ledger.Issue,
					side == ledger.Expired, side == ledger.Loss:
					add("has of "+string(move.Unit), -amount)
				case side == ledger.Issued:
					add("earned "+string(move.Unit), amount)
				case side == ledger.Redeemed:
					add("redeemed "+string(move.Unit), -amount)
				}
			}
		}
	}
	maps.DeleteFunc(sums, func(_ string, sum any) bool { return sum == ledger.Points(0) })
	for when, at := range map[string]time.Time{"now": m.now(), "then": m.ended} {
		s := m.standing(db, at)
		sums["statuses "+when], sums["used "+when], sums["visits"] = fmt.Sprint(s.Statuses), fmt.Sprint(s.Used), s.Visits
		if !m.cameBack {
			sums["tier "+when] = s.Tier
		}
	}
	return sums
}

// decided is what her ledger's rows say, as far as it is compared.
func (m *told) decided(db *sql.DB) (all []decided) {
	m.Helper()
	rows, err := db.Query("SELECT decided FROM ledger WHERE account = $1 ORDER BY n", m.member(m.phone).Account.String())
	if err != nil {
		m.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		var d decided
		if err := rows.Scan(&text); err != nil {
			m.Fatal(err)
		}
		if err := json.Unmarshal(text, &d); err != nil {
			m.Fatal(err)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		m.Fatal(err)
	}
	return all
}

type decided struct {
	Kind  ledger.Kind
	Moves []loyalty.Move
}

// standing is what headquarters remembers of her.
func (m *told) standing(db *sql.DB, at time.Time) loyalty.Standing {
	m.Helper()
	a := new(loyalty.Account)
	var text []byte
	err := db.QueryRow("SELECT state FROM member_state WHERE account = $1", m.member(m.phone).Account.String()).Scan(&text)
	if err == nil {
		err = json.Unmarshal(text, &a.State)
	}
	if err != nil {
		m.Fatal(err)
	}
	return a.Standing(m.program, loyalty.Moment{At: ledger.MillisOf(at), Zone: istanbul}, loyalty.Profile{})
}

// orderly is a program of which stories are told, what its activities are
// called, and what its goods are.
type orderly struct {
	program        string
	on, categories []string
	w              *world
	db             *sql.DB
}

func (o *orderly) open(t *testing.T) {
	if o.w != nil {
		return
	}
	o.w = newWorldOf(t, shippedProgram(t, o.program+".yaml"))
	o.w.maxStop = 100 * 24 * time.Hour // so that days pass in one step
	o.w.restart()
	o.db = o.w.behind()
	t.Cleanup(func() { o.db.Close() })
}

// The same journals, whichever terminal's comes first and in how many parts,
// give the same earned and redeemed of each unit, and the same level.
func TestOrderOfJournals(t *testing.T) {
	programs := []*orderly{
		{program: "tiered-points", categories: []string{"fragrance", "gift_card", "x"}},
		{program: "subscription", categories: []string{"membership", "x"}},
		{program: "cash-back", categories: []string{"gift_card", "x"}},
		{program: "item-rewards", categories: []string{"fresh_fruit", "x"}},
		{program: "engagement", on: []string{"check_in"}, categories: []string{"x"}},
		{program: "coworking", on: []string{"desk_time"}, categories: []string{"coffee", "pantry", "x"}},
	}
	story := 0
	rapid.Check(t, func(r *rapid.T) {
		story++
		o := rapid.SampledFrom(programs).Draw(r, "program")
		o.open(t)
		one, two := newTold(t, o.w, phoneNumber(2*story)), newTold(t, o.w, phoneNumber(2*story+1))
		for _, h := range o.drawHappened(r) {
			one.happens(h)
			two.happens(h)
			if h.push {
				two.tills[h.till].push()
				o.w.work()
			}
			o.w.pass(time.Duration(h.hours) * time.Hour)
			o.w.work()
		}
		for _, m := range []*told{one, two} {
			for _, i := range rapid.Permutation([]int{0, 1, 2}).Draw(r, "order") {
				m.tills[i].push()
				o.w.work()
			}
			m.ended = o.w.now()
		}
		o.w.pass(40 * 24 * time.Hour)
		o.w.work()
		if q := o.w.status().Quarantined; q > 0 {
			r.Fatalf("%s: %d entries are not posted", o.program, q)
		}
		if diff := cmp.Diff(one.sums(o.db), two.sums(o.db)); diff != "" {
			r.Fatalf("%s, in another order:\n%s", o.program, diff)
		}
	})
	for _, o := range programs {
		if o.w != nil {
			o.w.clean()
			o.w.rebuilds()
		}
	}
}
