package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/internal/page"
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

// Unclaimed is empty where nothing is.
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
	unclaimed := ""
	if u.Unclaimed != 0 {
		unclaimed = write(u.Unclaimed)
	}
	return unitFigures{unit, write(u.Earned), unclaimed, write(u.Redeemed), write(u.TakenBack), write(u.GivenBack)}
}

// reportsPage is the report of a day.
type reportsPage struct {
	storeFrame
	Day     ledger.Date
	Today   ledger.Date
	Report  report.Day
	Figures figures
	Until   string
	Store   *storeFigures // nil where they say no more
}

// storeFigures are what all tills of the store told.
type storeFigures struct {
	storeFrame
	Of      string // how many tills, as of when
	Figures figures
}

var reportsTemplate = parsed("reports")

func (p *Pages) routeReports() {
	p.mux.HandleFunc("GET "+storePath+"/reports", p.managers(p.storeReports))
	p.mux.HandleFunc("GET "+storePath+"/reports/{file}", p.managers(p.download))
}

// errNoDate says that what is asked for is no day.
var errNoDate = errors.New("this is no date")

// asked is the day that is asked for: today where none is.
func (p *Pages) asked(r *http.Request) (ledger.Date, error) {
	text := r.URL.Query().Get("day")
	if text == "" {
		return p.today(), nil
	}
	day, err := ledger.ParseDate(text)
	if err != nil {
		return "", errNoDate
	}
	return day, nil
}

// noReport is why there is no report of a day, for whoever asked; an error where that
// is ours to mend.
func noReport(words page.Words, err error) (string, error) {
	if errors.Is(err, errNoDate) {
		return words.T("error_no_date")
	}
	no, unknown := errors.AsType[*report.NoDay](err)
	if !unknown {
		return "", err
	}
	date := readerOf(words).Date
	switch {
	case no.ToCome():
		return words.T("error_day_to_come", "Day", date(no.Day), "Today", date(no.Today))
	case no.First == "":
		return words.T("error_day_unknown", "Day", date(no.Day))
	}
	return words.T("error_day_before", "Day", date(no.Day), "First", date(no.First))
}

func (p *Pages) storeReports(w http.ResponseWriter, r *http.Request, manager string) {
	out := reportsPage{storeFrame: p.storeFrame(r, "reports", manager), Today: p.today()}
	out.Day = out.Today
	day, err := p.asked(r)
	if err == nil {
		out.Day = day
		out.Report, err = p.Office.Day(r.Context(), string(day))
	}
	if err != nil {
		if out.Problem, err = noReport(out.Words, err); err != nil {
			p.fail(w, err)
			return
		}
		p.show(w, reportsTemplate, http.StatusUnprocessableEntity, out.frame, out)
		return
	}
	reader := readerOf(out.Words)
	out.Figures, out.Until = p.figures(out.Report, reader), p.Clock(out.Report.MadeAt.Time())
	if d := out.Report; d.TellsMore() {
		out.Store = &storeFigures{out.storeFrame, d.OfStore(reader), p.figures(report.Day{All: d.AllTills.Sums}, reader)}
	}
	p.show(w, reportsTemplate, http.StatusOK, out.frame, out)
}

// download sends the report as a file.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, _ string) {
	var d report.Day
	day, err := p.asked(r)
	if err == nil {
		d, err = p.Office.Day(r.Context(), string(day))
	}
	if err != nil {
		why, err := noReport(wordsFor(r), err)
		if err != nil {
			p.fail(w, err)
			return
		}
		http.Error(w, why, http.StatusUnprocessableEntity)
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
