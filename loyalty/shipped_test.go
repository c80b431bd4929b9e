package loyalty_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// written is a shipped program as its file says it, read here by itself: so
// that what a test expects does not come from what it tests, and so that random
// stories speak of what the program's conditions ask for. A program that is
// added to the folder is told stories about without a word more.
type written struct {
	name   string
	source []byte
	p      *loyalty.Program
	// versions are the same program with one cost, rate, rule or voucher changed.
	versions []*loyalty.Program

	limits       map[string]writtenLimit
	limited      map[string][]string // by the rule or reward whose they are
	rules        []writtenRule
	levels       []string // lowest first
	window, keep string   // of the levels

	words   map[string][]string // of conditions, by the field that is asked: "sku", "categories"
	events  []string
	brought []string // of events, those that give something to a referrer
	numbers []int64  // of conditions, levels, costs and amounts
	friends []int64  // that conditions ask for
	dates   []string
}

type writtenLimit struct {
	Uses   int64
	Amount ledger.Points
	Every  string
}

type writtenRule struct {
	ID, On, To, Issue string
	Limit             yaml.Node
	Give, Status      map[string]string
}

// allShipped reads every program of the folder.
func allShipped(t testing.TB) (all []*written) {
	t.Helper()
	files, err := filepath.Glob("../configs/programs/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".scenario.yaml") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, readWritten(t, strings.TrimSuffix(filepath.Base(file), ".yaml"), source))
	}
	if len(all) < 7 {
		t.Fatalf("%d programs are shipped, of at least 7", len(all))
	}
	return all
}

func readWritten(t testing.TB, name string, source []byte) *written {
	t.Helper()
	w := &written{name: name, source: source, limited: map[string][]string{}}
	var err error
	if w.p, err = loyalty.Load(source, name); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tiers struct {
			Window, Keep string
			Levels       yaml.Node
		}
		Limits  map[string]writtenLimit
		Rules   []writtenRule
		Rewards []struct {
			ID    string
			Limit yaml.Node
		}
	}
	if err := yaml.Unmarshal(source, &file); err != nil {
		t.Fatal(err)
	}
	w.limits, w.rules, w.window, w.keep = file.Limits, file.Rules, file.Tiers.Window, file.Tiers.Keep
	for _, r := range file.Rules {
		w.limited[r.ID] = namesIn(&r.Limit)
		w.events = append(w.events, r.On)
		if r.To == "referrer" {
			w.brought = append(w.brought, r.On)
		}
	}
	for _, r := range file.Rewards {
		w.limited[r.ID] = namesIn(&r.Limit)
	}
	for i := 0; i < len(file.Tiers.Levels.Content); i += 2 {
		w.levels = append(w.levels, file.Tiers.Levels.Content[i].Value)
	}
	slices.Sort(w.events)
	w.events = slices.DeleteFunc(slices.Compact(w.events), func(on string) bool { return on == "sale" })
	w.collect(t, source)
	w.change(t, source)
	return w
}

func namesIn(n *yaml.Node) (names []string) {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	for _, item := range n.Content {
		names = append(names, item.Value)
	}
	return names
}

var (
	isWord    = regexp.MustCompile(`(\w+) *[=!]= *"([^"]*)"`)
	inList    = regexp.MustCompile(`"([^"]*)" in [\w.]*?(\w+)\b(?:[^.]|$)`)
	friendsOf = regexp.MustCompile(`referrals *[=<>]+ *([0-9]+)`)
	digits    = regexp.MustCompile(`\b[0-9]{1,9}\b`)
	oneDate   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	oneRate   = regexp.MustCompile(`^([0-9]+)/([0-9]+)$`)
)

// collect takes the words, numbers and dates out of the file.
func (w *written) collect(t testing.TB, source []byte) {
	t.Helper()
	numbers, dates := map[int64]bool{100: true}, map[string]bool{}
	w.words = map[string][]string{}
	word := func(field, text string) {
		if !slices.Contains(w.words[field], text) {
			w.words[field] = append(w.words[field], text)
		}
	}
	eachValue(parsed(t, source), func(key string, n *yaml.Node) {
		switch {
		case key == "when" || key == "eligible":
			for _, found := range isWord.FindAllStringSubmatch(n.Value, -1) {
				word(found[1], found[2])
			}
			for _, found := range inList.FindAllStringSubmatch(n.Value, -1) {
				word(found[2], found[1])
			}
			for _, found := range friendsOf.FindAllStringSubmatch(n.Value, -1) {
				number, _ := strconv.ParseInt(found[1], 10, 64)
				w.friends = append(w.friends, number)
			}
			for _, found := range digits.FindAllString(n.Value, -1) {
				number, _ := strconv.ParseInt(found, 10, 64)
				numbers[number] = true
			}
		case key == "item":
			word("categories", n.Value)
		case oneDate.MatchString(n.Value):
			dates[n.Value] = true
		case n.Tag == "!!int" && key != "version":
			number, err := strconv.ParseInt(n.Value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			numbers[number] = true
		}
	})
	w.numbers, w.dates = slices.Sorted(maps.Keys(numbers)), slices.Sorted(maps.Keys(dates))
}

func parsed(t testing.TB, source []byte) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(source, &n); err != nil {
		t.Fatal(err)
	}
	return n.Content[0]
}

// eachValue visits every scalar, with the key that it is of.
func eachValue(n *yaml.Node, visit func(key string, n *yaml.Node)) {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if of := n.Content[i+1]; of.Kind == yaml.ScalarNode {
			visit(n.Content[i].Value, of)
		} else {
			eachValue(of, visit)
		}
	}
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode {
			eachValue(item, visit)
		}
	}
}

// change writes the versions: each differs in one thing. What would not load is
// none, as where a cost is more than its limit allows.
func (w *written) change(t testing.TB, source []byte) {
	t.Helper()
	root := parsed(t, source)
	keep := func() {
		changed, err := yaml.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := loyalty.Load(changed, w.name); err == nil {
			w.versions = append(w.versions, p)
		}
	}
	visit := func(key string, n *yaml.Node) {
		was := n.Value
		if rate := oneRate.FindStringSubmatch(was); rate != nil {
			n.Value = rate[1] + "3/" + rate[2]
		} else if key == "voucher" {
			n.Value = "P5D"
		} else if key == "discount" || n.Tag == "!!int" && slices.Contains(w.p.Units(), ledger.Unit(key)) {
			n.Value += "7"
		} else {
			return
		}
		keep()
		n.Value = was
	}
	rules, rewards := valueOf(root, "rules"), valueOf(root, "rewards")
	eachValue(rules, visit)
	if rewards != nil {
		eachValue(rewards, visit)
	}
	all := rules.Content
	for i := range all {
		rules.Content = slices.Delete(slices.Clone(all), i, i+1)
		keep()
	}
	rules.Content = all
	if len(w.versions) == 0 {
		t.Fatalf("%s: nothing of it can be changed", w.name)
	}
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// word is one that the program asks of a field, or another.
func (w *written) word(t *rapid.T, field string) string {
	return rapid.SampledFrom(append(slices.Clone(w.words[field]), "other")).Draw(t, field)
}

func (w *written) some(t *rapid.T, field string) []string {
	all := append(slices.Clone(w.words[field]), "other")
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, min(2, len(all)), rapid.ID).Draw(t, field)
}

// number is one that the program speaks of, or next to it, or any.
func (w *written) number(t *rapid.T, what string) int64 {
	if rapid.Bool().Draw(t, what+" of the program") {
		return max(0, rapid.SampledFrom(w.numbers).Draw(t, what)+rapid.Int64Range(-1, 1).Draw(t, "beside"))
	}
	return rapid.Int64Range(0, 30_000).Draw(t, what)
}

// some friends came through her already: none, or as many as the program asks
// for.
func (w *written) someFriends(t *rapid.T) int64 {
	return rapid.SampledFrom(append(slices.Clone(w.friends), 0)).Draw(t, "friends")
}

func (w *written) line(t *rapid.T) ledger.Line {
	l := ledger.Line{
		SKU: w.word(t, "sku"), Net: ledger.Minor(w.number(t, "net")), Quantity: rapid.Int64Range(0, 13).Draw(t, "quantity"),
		Categories: w.some(t, "categories"),
	}
	l.Gross = l.Net + ledger.Minor(rapid.IntRange(0, 3).Draw(t, "tax"))*l.Net/10
	return l
}

// basket is one that the program may have something to say about.
func (w *written) basket(t *rapid.T) *loyalty.Basket {
	b := &loyalty.Basket{Currency: w.p.Currency(), Departments: w.some(t, "departments"), Partner: w.word(t, "partner")}
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		b.Lines = append(b.Lines, w.line(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "tenders") {
		b.Tenders = append(b.Tenders, ledger.Tender{Type: w.word(t, "type"), Amount: ledger.Minor(w.number(t, "paid"))})
	}
	return b
}

// redeems are rewards to be asked for, as often as it comes.
func (w *written) redeems(t *rapid.T) (all []loyalty.Redemption) {
	rewards := w.p.Rewards()
	if len(rewards) == 0 {
		return nil
	}
	for range rapid.IntRange(0, 3).Draw(t, "rewards") {
		r := rapid.SampledFrom(rewards).Draw(t, "reward")
		asked := loyalty.Redemption{Reward: r.ID, Times: 1}
		if r.Repeat {
			asked.Times = max(1, w.number(t, "times"))
		}
		all = append(all, asked)
	}
	return all
}

func (w *written) activity(t *rapid.T, of []string) loyalty.Activity {
	return loyalty.Activity{
		On: rapid.SampledFrom(of).Draw(t, "on"), Name: w.word(t, "name"),
		Ref: fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "ref")), Value: w.number(t, "value"),
	}
}
