package scenario

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/yamlfile"
)

// maxSteps bounds a story.
const maxSteps = 10_000

var (
	fileKeys   = yamlfile.Keys{What: "the scenario", Required: []string{"program", "steps"}, Optional: []string{"then", "timezone", "members"}}
	memberKeys = yamlfile.Keys{What: "member", Optional: []string{"birth_month", "segments", "joined", "referrals", "visits"}}
	stepKeys   = yamlfile.Keys{
		What: "step", Required: []string{"at"},
		Optional: []string{"proof", "sale", "offers", "return", "void", "activity", "confirm", "expect"},
	}
	basketWords = []string{"lines", "member", "referrer", "tenders", "departments", "partner", "redeem"}
	saleKeys    = yamlfile.Keys{What: "sale", Required: []string{"id"}, Optional: basketWords}
	offersKeys  = yamlfile.Keys{What: "offers", Optional: basketWords}
	lineKeys    = yamlfile.Keys{What: "line", Required: []string{"net"}, Optional: []string{"sku", "gross", "quantity", "categories"}}
	tenderKeys  = yamlfile.Keys{What: "tender", Required: []string{"type", "amount"}}
	redeemKeys  = yamlfile.Keys{What: "redeem", Required: []string{"reward"}, Optional: []string{"times"}}
	returnKeys  = yamlfile.Keys{What: "return", Required: []string{"sale"}, Optional: []string{"member", "line", "amount", "quantity"}}
	refKeys     = yamlfile.Keys{What: "void or confirm", Required: []string{"sale"}, Optional: []string{"member"}}
	actKeys     = yamlfile.Keys{What: "activity", Required: []string{"on", "member"}, Optional: []string{"ref", "name", "value", "referrer"}}
)

// reader reads one scenario.
type reader struct {
	yamlfile.Reader
	zone *time.Location
}

// Load reads a scenario; name is the file errors tell. The error joins one
// *yamlfile.Problem for each problem, in the order of the file.
func Load(source []byte, name string) (*Scenario, error) {
	root, err := yamlfile.Parse(source, name)
	if err != nil {
		return nil, err
	}
	r := &reader{yamlfile.Reader{File: name}, time.UTC}
	s := r.scenario(root)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (r *reader) scenario(n *yaml.Node) *Scenario {
	s := &Scenario{File: r.File, Members: map[string]Member{}}
	values, ok := r.Fields(n, fileKeys)
	if !ok {
		return s
	}
	s.Program, _ = r.Text(values["program"], "program")
	if v := values["then"]; v != nil {
		for _, item := range r.Items(v, "then") {
			path, _ := r.Text(item, "then")
			s.Then = append(s.Then, path)
		}
	}
	if v := values["timezone"]; v != nil {
		r.timezone(v)
	}
	s.Zone = r.zone
	if v := values["members"]; v != nil {
		for _, p := range r.Pairs(v, "members") {
			s.Members[p.Key.Value] = r.member(p.Value)
		}
	}
	items := r.Items(values["steps"], "steps")
	if len(items) > maxSteps {
		r.Fail(values["steps"], "%d steps: at most %d", len(items), maxSteps)
		return s
	}
	for _, item := range items {
		step := r.step(item, s)
		if len(s.Steps) > 0 && step.At < s.Steps[len(s.Steps)-1].At {
			r.Fail(item, "this step is before the one above it: steps stand in the order of time")
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

func (r *reader) timezone(n *yaml.Node) {
	text, ok := r.Text(n, "timezone")
	if !ok {
		return
	}
	zone, err := time.LoadLocation(text)
	if err != nil {
		r.Fail(n, "timezone %q: write one of the IANA database, as in Europe/Istanbul", text)
		return
	}
	r.zone = zone
}

func (r *reader) member(n *yaml.Node) (m Member) {
	if n.Tag == "!!null" {
		return m // "ayse:" alone
	}
	values, _ := r.Fields(n, memberKeys)
	if v := values["birth_month"]; v != nil {
		if m.BirthMonth = int(r.Whole(v, "birth_month", 1)); m.BirthMonth > 12 {
			r.Fail(v, "birth_month %d: write 1 to 12", m.BirthMonth)
		}
	}
	if v := values["segments"]; v != nil {
		m.Segments = r.words(v, "segments")
	}
	if v := values["joined"]; v != nil {
		m.Joined = r.Date(v, "joined")
	}
	m.Referrals = r.count(values["referrals"], "referrals")
	m.Visits = r.count(values["visits"], "visits")
	return m
}

// count reads a whole number from 0, which is what it is where it is not there.
func (r *reader) count(n *yaml.Node, what string) int64 {
	if n == nil {
		return 0
	}
	return r.Whole(n, what, 0)
}

func (r *reader) words(n *yaml.Node, what string) []string {
	words := []string{}
	for _, item := range r.Items(n, what) {
		if text, ok := r.Text(item, what); ok {
			words = append(words, text)
		}
	}
	return words
}

func (r *reader) word(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	text, _ := r.Text(n, what)
	return text
}

// at reads a date, which means noon, or an instant.
func (r *reader) at(n *yaml.Node) ledger.Millis {
	text, ok := r.Text(n, "at")
	if !ok {
		return 0
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, r.zone); err == nil {
		return ledger.MillisOf(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, r.zone))
	}
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.Fail(n, "at %q: write a date, as in 2026-03-10, or an instant, as in 2026-03-10T09:30:00+03:00", text)
	}
	return ledger.MillisOf(instant)
}

func (r *reader) step(n *yaml.Node, s *Scenario) (step Step) {
	step.Place, step.Proof = placeOf(n), ledger.Verified
	values, ok := r.Fields(n, stepKeys)
	if !ok {
		return step
	}
	step.At = r.at(values["at"])
	if v := values["proof"]; v != nil {
		step.Proof = ledger.Proof(r.Word(v, "proof", string(ledger.Claimed), string(ledger.Presented), string(ledger.Verified)))
	}
	things := 0
	for _, key := range []string{"sale", "offers", "return", "void", "activity", "confirm"} {
		if v := values[key]; v != nil {
			things++
			r.thing(key, v, &step)
		}
	}
	if things > 1 {
		r.Fail(n, "one step is one thing: a sale, offers, a return, a void, an activity or a confirm")
	}
	if v := values["expect"]; v != nil {
		r.expect(v, &step)
	}
	for _, name := range step.names() {
		if _, known := s.Members[name]; name != "" && !known {
			s.Members[name] = Member{} // one that needs no words
		}
	}
	return step
}

// names are the members a step names.
func (s *Step) names() []string {
	names := []string{s.About}
	if s.Sale != nil {
		names = append(names, s.Sale.Member, s.Sale.Referrer)
	}
	if s.Activity != nil {
		names = append(names, s.Activity.Member, s.Activity.Referrer)
	}
	return names
}

func (r *reader) thing(key string, n *yaml.Node, step *Step) {
	switch key {
	case "sale":
		values, _ := r.Fields(n, saleKeys)
		step.Sale = &Sale{ID: r.word(values["id"], "id"), Basket: r.basket(n, values)}
		step.About = step.Sale.Member
	case "offers":
		values, _ := r.Fields(n, offersKeys)
		step.Offers = new(r.basket(n, values))
		step.About = step.Offers.Member
	case "return":
		step.Return = r.returned(n)
		step.About = step.Return.Member
	case "void":
		step.Void = r.saleRef(n)
		step.About = step.Void.Member
	case "confirm":
		step.Confirm = r.saleRef(n)
		step.About = step.Confirm.Member
	case "activity":
		step.Activity = r.activity(n)
		step.About = step.Activity.Member
	}
}

func (r *reader) basket(n *yaml.Node, values map[string]*yaml.Node) Basket {
	b := Basket{Member: r.word(values["member"], "member"), Referrer: r.word(values["referrer"], "referrer"), Partner: r.word(values["partner"], "partner")}
	if v := values["lines"]; v == nil {
		r.Fail(n, "a basket has lines")
	} else {
		for _, item := range r.Items(v, "lines") {
			b.Lines = append(b.Lines, r.line(item))
		}
	}
	if v := values["departments"]; v != nil {
		b.Departments = r.words(v, "departments")
	}
	if v := values["tenders"]; v != nil {
		for _, item := range r.Items(v, "tenders") {
			if of, ok := r.Fields(item, tenderKeys); ok {
				b.Tenders = append(b.Tenders, ledger.Tender{
					Type: r.word(of["type"], "type"), Amount: ledger.Minor(r.Whole(of["amount"], "amount", 0)),
				})
			}
		}
	}
	if v := values["redeem"]; v != nil {
		for _, item := range r.Items(v, "redeem") {
			if of, ok := r.Fields(item, redeemKeys); ok {
				asked := loyalty.Redemption{Reward: r.word(of["reward"], "reward"), Times: 1}
				if of["times"] != nil {
					asked.Times = r.Whole(of["times"], "times", 1)
				}
				b.Redeem = append(b.Redeem, asked)
			}
		}
	}
	return b
}

// line reads an article: one of it, with a gross that is its net, unless it says
// otherwise.
func (r *reader) line(n *yaml.Node) (l ledger.Line) {
	values, ok := r.Fields(n, lineKeys)
	if !ok {
		return l
	}
	l.SKU, l.Net, l.Quantity = r.word(values["sku"], "sku"), ledger.Minor(r.Whole(values["net"], "net", 0)), 1
	l.Gross = l.Net
	if v := values["gross"]; v != nil {
		l.Gross = ledger.Minor(r.Whole(v, "gross", 0))
	}
	if v := values["quantity"]; v != nil {
		l.Quantity = r.Whole(v, "quantity", 0)
	}
	if v := values["categories"]; v != nil {
		l.Categories = r.words(v, "categories")
	}
	return l
}

// returned reads what comes back: a line or an amount of it; an amount of the
// sale; or all that is left.
func (r *reader) returned(n *yaml.Node) *Return {
	values, ok := r.Fields(n, returnKeys)
	if !ok {
		return new(Return)
	}
	back := &Return{SaleRef: SaleRef{r.word(values["sale"], "sale"), r.word(values["member"], "member")}}
	amount, quantity := ledger.Minor(r.count(values["amount"], "amount")), r.count(values["quantity"], "quantity")
	switch line := values["line"]; {
	case line != nil:
		back.Lines = []ledger.ReturnedLine{{Line: int(r.Whole(line, "line", 0)), Gross: amount, Quantity: quantity}}
	case values["amount"] != nil:
		back.Gross = amount
	default:
		back.All = true
	}
	return back
}

func (r *reader) saleRef(n *yaml.Node) *SaleRef {
	values, ok := r.Fields(n, refKeys)
	if !ok {
		return new(SaleRef)
	}
	return &SaleRef{r.word(values["sale"], "sale"), r.word(values["member"], "member")}
}

func (r *reader) activity(n *yaml.Node) *Activity {
	values, ok := r.Fields(n, actKeys)
	if !ok {
		return new(Activity)
	}
	a := &Activity{Member: r.word(values["member"], "member"), Referrer: r.word(values["referrer"], "referrer")}
	a.On, a.Name, a.Ref = r.word(values["on"], "on"), r.word(values["name"], "name"), r.word(values["ref"], "ref")
	a.Value = r.count(values["value"], "value")
	return a
}

func placeOf(n *yaml.Node) Place { return Place{n.Line, n.Column} }

func (p Place) String() string { return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) }
