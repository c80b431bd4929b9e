package pages

import (
	"context"
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
)

// checkoutPage is the cashier's page.
type checkoutPage struct {
	frame
	Counter counterPart
	Sales   salesPart
	Badge   badgePart
}

var checkoutTemplate = parsed("checkout")

func (p *Pages) routeCheckout() {
	p.mux.HandleFunc("GET "+checkoutPath, p.cashiers(p.checkout))
	p.mux.HandleFunc("GET "+checkoutPath+"/counter", p.cashiers(func(w http.ResponseWriter, r *http.Request) {
		p.showCounter(w, r, p.Counter.Seen(), nil)
	}))
	p.mux.HandleFunc("GET "+checkoutPath+"/sales", p.cashiers(p.sales))
	p.mux.HandleFunc("GET "+checkoutPath+"/badge", p.cashiers(p.badge))
	p.mux.HandleFunc("GET "+checkoutPath+"/papers/{entry}", p.cashiers(p.paper))
	p.mux.HandleFunc("POST "+checkoutPath+"/keys", p.cashiers(p.press))
	p.mux.HandleFunc("POST "+checkoutPath+"/reward", p.cashiers(p.choose))
}

func (p *Pages) checkout(w http.ResponseWriter, r *http.Request) {
	f := p.frame(r, "checkout", p.onDuty())
	out := checkoutPage{frame: f, Counter: p.counterPart(r.Context(), f, p.Counter.Seen())}
	var err error
	if out.Sales, err = p.salesPart(r.Context(), f); err != nil {
		p.Failed(err) // the counter goes on without them
	}
	out.Badge = p.badgePart(r.Context(), f)
	p.show(w, checkoutTemplate, http.StatusOK, f, out)
}

// onDuty is the name of who is signed on at the till.
func (p *Pages) onDuty() string {
	if p.Staff == nil {
		return ""
	}
	who, _ := p.Staff.Operator(p.Staff.OnDuty())
	return who.Name
}

func (p *Pages) showCounter(w http.ResponseWriter, r *http.Request, seen Seen, err error) {
	if err != nil {
		p.fail(w, err)
		return
	}
	f := p.frame(r, "checkout", "")
	p.showPart(w, checkoutTemplate, "counter", p.counterPart(r.Context(), f, seen))
}

// mostKeys is how many keys may be pressed at once: what a hand presses while an
// answer is under way.
const mostKeys = 64

// keys are the keys as a page writes them: the letters of the default key map, and
// a sign for each of the others.
var keys = map[rune]device.Key{
	'=': device.Enter, '<': device.Clear, 'x': device.Cancel, 'A': device.Redeem, 'B': device.Void, 'C': device.Enroll,
	'D': device.Copy, 'E': device.Return, 'F': device.Menu,
}

// readKeys reads them; false where one is none.
func readKeys(text string) (read []device.Key, ok bool) {
	for _, r := range text {
		key, known := keys[r]
		if r >= '0' && r <= '9' {
			key, known = device.Digit0+device.Key(r-'0'), true
		}
		if !known || len(read) == mostKeys {
			return nil, false
		}
		read = append(read, key)
	}
	return read, true
}

func (p *Pages) press(w http.ResponseWriter, r *http.Request) {
	pressed, ok := readKeys(r.PostFormValue("keys"))
	if !ok {
		http.Error(w, "these are no keys", http.StatusUnprocessableEntity)
		return
	}
	seen, err := p.Counter.Press(r.Context(), pressed)
	p.showCounter(w, r, seen, err)
}

func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	seen, err := p.Counter.Choose(r.Context(), r.PostFormValue("reward"))
	p.showCounter(w, r, seen, err)
}

// sales shows what was sold last.
func (p *Pages) sales(w http.ResponseWriter, r *http.Request) {
	f := p.frame(r, "checkout", "")
	part, err := p.salesPart(r.Context(), f)
	if err != nil {
		p.fail(w, err)
		return
	}
	p.showPart(w, checkoutTemplate, "sales", part)
}

// mostSales is how many a page lists.
const mostSales = 20

// salesPart are the last sales, returns and voids of this till.
type salesPart struct {
	frame
	Sales []sold
}

// sold is one of them in a line.
type sold struct {
	Entry   string
	Time    string
	Receipt string
	Kind    string // id of a text
	Member  string
	Total   string
	Points  string // with their sign; empty without any
}

func (p *Pages) salesPart(ctx context.Context, f frame) (salesPart, error) {
	papers, err := p.Source.Recent(ctx, mostSales)
	part := salesPart{frame: f}
	for _, paper := range papers {
		part.Sales = append(part.Sales, p.sold(paper))
	}
	return part, err
}

func (p *Pages) sold(paper checkout.Paper) sold {
	e := paper.Entry
	program := p.Till.Programs.Of(e)
	out := sold{
		Entry: e.ID.String(), Time: p.clock(e.At.Time()), Kind: "kind_" + string(e.Kind), Member: paper.Name,
	}
	if e.Return != nil {
		out.Receipt, out.Total = e.Return.Receipt, "−"+e.Return.Currency.Format(e.Return.Total)
		return out
	}
	out.Receipt, out.Total = e.Sale.Receipt, e.Sale.Currency.Format(e.Sale.Total)
	unit := program.MainUnit()
	if now, pending := checkout.EarnedOf(e, unit); now+pending > 0 && e.Told != nil {
		out.Points = program.Amounts().Signed(unit, now+pending)
	}
	return out
}

// paper shows a receipt as it was printed.
func (p *Pages) paper(w http.ResponseWriter, r *http.Request) {
	f := p.frame(r, "checkout", "")
	papers, err := p.Source.Recent(r.Context(), mostSales)
	if err != nil {
		p.fail(w, err)
		return
	}
	for _, paper := range papers {
		if paper.Entry.ID.String() == r.PathValue("entry") {
			p.showPart(w, checkoutTemplate, "paper", paperPart{f, p.sold(paper), p.picture(paper)})
			return
		}
	}
	http.NotFound(w, r)
}

// paperPart is a receipt as a picture, and what can be done with it.
type paperPart struct {
	frame
	Sold  sold
	Lines picture
}

// Keyed is the receipt's number as it is keyed; empty where it is none.
func (p paperPart) Keyed() string {
	if strings.Trim(p.Sold.Receipt, "0123456789") != "" {
		return ""
	}
	return p.Sold.Receipt
}
