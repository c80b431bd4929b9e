package hq_test

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// twin is the tiered program under another name, in another currency, with other
// rates: its units, limits, levels and rewards have the same names.
func twin(t testing.TB) []byte {
	t.Helper()
	source, err := os.ReadFile("../configs/programs/tiered-points.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("program: beauty", "program: twin", "currency: USD", "currency: EUR", "points: 1/100", "points: 2/100").
		Replace(string(source))
	return []byte(text + "\noffline: {share: 1/1, cap: 100000, per_terminal: 1000000}\n")
}

// newTwins has the tiered program in store 0001 and its twin in store 0002.
func newTwins(t testing.TB) (*world, *loyalty.Program) {
	t.Helper()
	w := newWorldOf(t, shippedProgram(t.(*testing.T), "tiered-points.yaml"))
	if err := w.hq.AddProgram(context.Background(), twin(t), "twin.yaml"); err != nil {
		t.Fatal(err)
	}
	store := wire.Store{ID: "0002", Name: "Second", Currency: "EUR", TimeZone: "Europe/Istanbul", Region: "TR"}
	if err := w.hq.CreateStore(context.Background(), store); err != nil {
		t.Fatal(err)
	}
	second, err := loyalty.Load(twin(t), "twin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return w, second
}

// customer is one member as the tills of one chain serve her, one till for each
// program.
type customer struct {
	*world
	phone string
	at    map[string]*shopper
	sold  map[string][]soldAt
	db    *sql.DB
}

func newCustomer(t *testing.T, w *world, phone string, programs map[ledger.StoreID]*loyalty.Program) *customer {
	t.Helper()
	c := &customer{world: w, phone: phone, at: map[string]*shopper{}, sold: map[string][]soldAt{}}
	var subject ledger.Subject
	for _, store := range slices.Sorted(maps.Keys(programs)) {
		at := w.newTillAt(store, phone+" "+string(store))
		if subject == "" {
			subject = ledger.SubjectOf(at.addMember(phone, ""))
			at.sync()
		}
		c.at[programs[store].Ref().ID] = &shopper{till: at, program: programs[store], subject: subject}
	}
	return c
}

// deed is one thing that happens under one program.
type deed struct {
	program string
	kind    string
	net     ledger.Minor
	of      int
	push    bool
	days    int
}

func drawDeed(r *rapid.T) deed {
	return deed{
		program: rapid.SampledFrom([]string{"beauty", "twin"}).Draw(r, "program"),
		kind:    rapid.SampledFrom([]string{"sell", "sell", "redeem", "return", "void"}).Draw(r, "kind"),
		net:     ledger.Minor(rapid.IntRange(100, 90_000).Draw(r, "net")), of: rapid.IntRange(0, 20).Draw(r, "of"),
		push: rapid.Bool().Draw(r, "push"), days: rapid.IntRange(0, 3).Draw(r, "days"),
	}
}

func (c *customer) does(d deed) {
	c.Helper()
	s := c.at[d.program]
	line := []ledger.Line{{Net: d.net, Gross: d.net, Quantity: 1, Categories: []string{"makeup"}}}
	sold := c.sold[d.program]
	switch {
	case d.kind == "sell" || d.kind == "redeem" || len(sold) == 0:
		var asked []loyalty.Redemption
		if d.kind == "redeem" && s.keepsRight(d.net) {
			asked = []loyalty.Redemption{{Reward: "cash10", Times: 1}}
		}
		c.sold[d.program] = append(sold, soldAt{entry: s.buys(line, "cash", asked...)})
	default:
		c.takesBack(s, &sold[d.of%len(sold)], d)
	}
	if d.push {
		s.sync()
	}
}

// keepsRight leaves the till the one right that pays for a reward, so that it is
// that which is spent in every chain.
func (s *shopper) keepsRight(net ledger.Minor) bool {
	reward, ok := s.program.Reward("cash10")
	var fit []*ledger.Right
	for _, r := range s.rights {
		if r.Unit == reward.Unit && r.Amount >= reward.Cost && r.SpendUntil > ledger.MillisOf(s.now()) {
			fit = append(fit, r)
		}
	}
	if !ok || len(fit) == 0 || net < reward.Off() {
		return false
	}
	best := slices.MaxFunc(fit, func(a, b *ledger.Right) int { return cmp.Compare(a.SpendUntil, b.SpendUntil) })
	s.rights = map[ledger.RightID]*ledger.Right{best.ID: best}
	return true
}

func (c *customer) takesBack(s *shopper, sale *soldAt, d deed) {
	c.Helper()
	rest, err := loyalty.RestOf(sale.entry, backsOf(sale.backs))
	if err != nil {
		c.Fatal(err)
	}
	wish := loyalty.Wish{All: true}
	if d.kind == "return" {
		wish = loyalty.Wish{Gross: d.net / 3}
	}
	if _, err := rest.Take(wish); err != nil {
		return // that is not left
	}
	sale.backs = append(sale.backs, s.comeBack(sale.entry, sale.backs, wish))
}

// sums are what headquarters has of her under a program.
func (c *customer) sums(program string) map[string]any {
	c.Helper()
	m := c.member(c.phone)
	sums := map[string]any{}
	for _, b := range m.Balances {
		if b.Program == program {
			b.Program = ""
			sums[string(b.Unit)] = b
		}
	}
	var text []byte
	err := c.db.QueryRow(`SELECT state FROM member_state WHERE account = $1 AND program = $2`, m.Account.String(), program).Scan(&text)
	if err != nil && err != sql.ErrNoRows {
		c.Fatal(err)
	}
	var state loyalty.State
	if len(text) > 0 {
		if err := json.Unmarshal(text, &state); err != nil {
			c.Fatal(err)
		}
	}
	state.Rows, state.Joined = 0, "" // rows are the ledger's, which both programs share; she joined with the first
	sums["state"] = state
	return sums
}

// What a member has under a program is what only that program's entries give: in
// a chain with two of them, whose units, limits and levels have the same names,
// and in one that has no other.
func TestProgramsDoNotMix(t *testing.T) {
	both, second := newTwins(t)
	only := map[string]*world{"beauty": newWorldOf(t, both.program), "twin": newWorldOf(t, second)}
	programs := map[string]*loyalty.Program{"beauty": both.program, "twin": second}
	worlds := []*world{both, only["beauty"], only["twin"]}
	dbs := map[*world]*sql.DB{}
	for _, w := range worlds {
		db := w.behind()
		t.Cleanup(func() { db.Close() })
		dbs[w] = db
	}
	story := 0
	rapid.Check(t, func(r *rapid.T) {
		story++
		phone := phoneNumber(story)
		of := newCustomer(t, both, phone, map[ledger.StoreID]*loyalty.Program{"0001": both.program, "0002": second})
		of.db = dbs[both]
		alone := map[string]*customer{}
		for id, w := range only {
			alone[id] = newCustomer(t, w, phone, map[ledger.StoreID]*loyalty.Program{"0001": programs[id]})
			alone[id].db = dbs[w]
		}
		for range rapid.IntRange(1, 10).Draw(r, "deeds") {
			d := drawDeed(r)
			of.does(d)
			alone[d.program].does(d)
			for _, w := range worlds {
				w.days(d.days)
			}
		}
		for _, id := range []string{"beauty", "twin"} {
			of.at[id].push()
			alone[id].at[id].push()
		}
		for _, w := range worlds {
			w.work()
		}
		for id, one := range alone {
			if diff := gocmp.Diff(one.sums(id), of.sums(id)); diff != "" {
				r.Fatalf("%s, alone and beside the other:\n%s", id, diff)
			}
		}
	})
	for _, w := range worlds {
		w.clean()
		w.rebuilds()
	}
}

// A repeated activity counts once under each program, each program's rights are
// placed where she was served last under it, and a store is told of its own alone.
func TestEachProgramsOwn(t *testing.T) {
	w, second := newTwins(t)
	c := newCustomer(t, w, ayse, map[ledger.StoreID]*loyalty.Program{"0001": w.program, "0002": second})
	first, other := c.at["beauty"], c.at["twin"]
	line := []ledger.Line{{Net: 90_000, Gross: 90_000, Quantity: 1, Categories: []string{"makeup"}}}
	first.buys(line, "cash")
	other.buys(line, "cash")
	for _, s := range []*shopper{first, other, first} {
		s.sync()
	}
	for _, r := range w.member(ayse).Rights {
		want := map[string]ledger.TerminalID{"beauty": first.Terminal, "twin": other.Terminal}[r.Program]
		if r.Terminal != want {
			t.Errorf("%d %s of %s are at the other's till", r.Rest, r.Unit, r.Program)
		}
	}
	if n := len(w.member(ayse).Rights); n != 2 {
		t.Errorf("%d rights, want one of each", n)
	}
	for _, s := range []*shopper{first, other} {
		for key, row := range s.rows {
			if row.Account == nil {
				continue
			}
			for _, b := range row.Account.Balances {
				if b.Program != s.program.Ref().ID {
					t.Errorf("the store of %s is told %s of %+v", s.program.Ref().ID, key, b)
				}
			}
		}
	}
	for range 2 {
		first.does(ledger.Activity{On: "sale_survey", Ref: "one"}, nil)
		other.does(ledger.Activity{On: "sale_survey", Ref: "one"}, nil)
	}
	first.sync()
	other.sync()
	rows, err := w.hq.History(context.Background(), ayse, 100)
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int{}
	for _, row := range rows {
		if row.Kind == ledger.Done && row.Verdict == ledger.Posted {
			counted[row.Program]++
		}
	}
	if diff := gocmp.Diff(map[string]int{"beauty": 1, "twin": 1}, counted); diff != "" {
		t.Errorf("activities counted: %s", diff)
	}
	w.clean()
}
