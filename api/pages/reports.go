package pages

import (
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/report"
)

// figures are a day's sums as people read them.
type figures struct {
	Sums      report.Sums
	Money     []moneyFigures
	Units     []unitFigures
	Operators []operatorFigures
}

type moneyFigures struct{ Currency, Sales, MemberSales, Rewards, Returned, Net string }

type unitFigures struct{ Unit, Earned, Unclaimed, Redeemed, TakenBack, GivenBack string }

type operatorFigures struct {
	Name  string // empty is nobody
	Sums  report.Sums
	Money []moneyFigures
}

func (p *Pages) figures(d report.Day, reader loyalty.Language) figures {
	amounts := p.amounts(reader)
	out := figures{Sums: d.All, Money: moneyOf(d.All, reader)}
	for _, u := range d.All.Units {
		out.Units = append(out.Units, unitOf(u, amounts, reader))
	}
	for _, o := range d.Operators {
		out.Operators = append(out.Operators, operatorFigures{p.nameOf(o.ID), o.Sums, moneyOf(o.Sums, reader)})
	}
	return out
}

// nameOf is what an operator is called; her id where she works here no more, and
// empty for nobody.
func (p *Pages) nameOf(operator string) string {
	if o, ok := p.Staff.Operator(operator); ok {
		return o.Name
	}
	if operator == "-" {
		return ""
	}
	return operator
}

func moneyOf(s report.Sums, reader loyalty.Language) (out []moneyFigures) {
	for _, m := range s.Money {
		write := func(amount ledger.Minor) string { return reader.Grouped(m.Currency, amount) }
		out = append(out, moneyFigures{
			Currency: reader.Currency(m.Currency), Sales: write(m.Sales), MemberSales: write(m.MemberSales), Rewards: write(m.Rewards),
			Returned: write(m.Returned + m.Voided), Net: write(m.Net),
		})
	}
	return out
}

func unitOf(u report.Units, amounts loyalty.Amounts, reader loyalty.Language) unitFigures {
	write := func(n ledger.Points) string { return amounts.Number(u.Unit, n) }
	unit := reader.Unit(u.Unit)
	if reward, voucher := u.Unit.Voucher(); voucher {
		unit = loyalty.NameWords(reward)
	}
	return unitFigures{unit, write(u.Earned), write(u.Unclaimed), write(u.Redeemed), write(u.TakenBack), write(u.GivenBack)}
}

// reportsPage is the report of a day.
type reportsPage struct {
	storeFrame
	Day     ledger.Date
	Today   ledger.Date
	Report  report.Day
	Figures figures
	Until   string
}

var reportsTemplate = parsed("reports")

func (p *Pages) routeReports() {
	p.mux.HandleFunc("GET "+storePath+"/reports", p.managers(p.storeReports))
	p.mux.HandleFunc("GET "+storePath+"/reports/{file}", p.managers(p.download))
}

// asked is the day that is asked for: today where none is.
func (p *Pages) asked(r *http.Request) (ledger.Date, error) {
	text := r.URL.Query().Get("day")
	if text == "" {
		return p.today(), nil
	}
	return ledger.ParseDate(text)
}

func (p *Pages) storeReports(w http.ResponseWriter, r *http.Request, manager string) {
	out := reportsPage{storeFrame: p.storeFrame(r, "reports", manager), Today: p.today()}
	day, err := p.asked(r)
	if err != nil {
		out.Problem, day = err.Error(), out.Today
	}
	out.Day = day
	if out.Report, err = p.Office.Day(r.Context(), string(day)); err != nil {
		p.fail(w, err)
		return
	}
	out.Figures, out.Until = p.figures(out.Report, readerOf(out.Words)), p.Clock(out.Report.MadeAt.Time())
	p.show(w, reportsTemplate, http.StatusOK, out.frame, out)
}

// download sends the report as a file.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, _ string) {
	day, err := p.asked(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d, err := p.Office.Day(r.Context(), string(day))
	if err != nil {
		p.fail(w, err)
		return
	}
	name := r.PathValue("file")
	encode, kind := d.CSV, "text/csv; charset=utf-8"
	switch name {
	case "day.csv":
	case "day.json":
		encode, kind = d.JSON, "application/json"
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", string(day)+"-"+name))
	if err := encode(w); err != nil {
		p.Failed(fmt.Errorf("send report: %w", err)) // whoever asked is gone
	}
}
