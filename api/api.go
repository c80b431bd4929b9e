// Package api is the till's HTTP face for a POS on the same machine: JSON in
// and out, and the one table from an error to a status. What a sale means is
// checkout's; what stands on a receipt is receipt's.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/page"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// maxRequest bounds a request's body: a basket of 1,000 lines has about 150 KB.
const maxRequest = 1 << 20

// tokenNeeded says in the description that a call needs the token.
var tokenNeeded = []map[string][]string{{"token": {}}}

// Server answers the POS.
type Server struct {
	Till   *checkout.Till
	Header receipt.Header // what stands on every receipt
	// Columns is the width of the receipt lines in answers.
	Columns int
	Token   string // bearer token of the POS
	// TokenFile is where it stands, for people to read.
	TokenFile string
	Release   string
	// Hosts are the names by which the API may be called beside loopback's.
	Hosts []string
	// Origins are those whose pages may call, with the token.
	Origins []string
	// TrustVerified believes a POS that says proof verified, where it checks who is here
	// by means of its own.
	TrustVerified bool
	// Health says why the till cannot take a sale; nil when it can.
	Health func() error
	// Ready says what is missing that a sale needs; nil when nothing is.
	Ready func() error
	// Status is what `loyaltyd status --json` says.
	Status func(context.Context) (any, error)
	// Devices are those at the till.
	Devices Devices
	// Screens are the counter as screens other than the pages show it.
	Screens *screen.Screens
	// Metrics counts.
	Metrics *Metrics
	// Pages are what people see in a browser; nil shows none.
	Pages Pages
	// Events are told to those who listen.
	Events *Events
	// Told is called with each completed sale before its answer is written.
	Told func(checkout.Completed)
	// Walking is called where a lookup is refused: somebody may walk through numbers.
	Walking func()
	// Failed is called with errors that an answer tells only a sentence of.
	Failed func(error)

	atWork chan struct{} // has one of each call with a budget that is worked on
	papers papers
	opened openSales
}

// Handler returns the API.
func (s *Server) Handler() http.Handler {
	if s.atWork == nil {
		s.atWork = make(chan struct{}, mostAtWork)
	}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("loyaltyd", s.Release)
	config.DocsPath = ""     // the built-in page loads from the internet
	config.CreateHooks = nil // no $schema property, which echoes the Host
	config.Formats = strictFormats(config.Formats)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "what stands in the token file"},
	}
	var calls []*huma.Operation // in the order in which they are told of
	config.OnAddOperation = append(config.OnAddOperation, func(_ *huma.OpenAPI, op *huma.Operation) { calls = append(calls, op) })
	routes := humago.New(mux, config)
	s.routeOpened(routes)
	s.routeSales(routes)
	s.routeReturns(routes)
	s.routeClaims(routes)
	s.routeQuotes(routes)
	s.routeMembers(routes)
	s.routePINs(routes)
	s.routeVouchers(routes)
	s.routeActivities(routes)
	s.routeStaff(routes)
	s.routeScreen(routes)
	s.routeDevices(routes)
	s.routeHealth(routes)
	s.routeEvents(routes)
	exemplify(calls)
	tellBudget(calls)
	mux.Handle(metricsPath, s.Metrics.handler())
	mux.Handle("GET "+docsPath, s.docsPage(routes.OpenAPI(), calls))
	mux.Handle("GET "+page.AssetsPath, page.Assets(func(w http.ResponseWriter, _ *http.Request) { problem(noSuchCall, "").write(w) }))
	mux.Handle("GET "+iconPath, http.RedirectHandler(page.AssetsPath+"icon.svg", http.StatusFound))
	for _, pattern := range strays {
		mux.Handle(pattern, s.strayed(mux))
	}
	return s.Metrics.counted(s.paged(mux, s.crossOrigin(s.guard(&inTime{mux, s.Failed, s.atWork}))))
}

// strictFormats replaces the decoder: a key that stands twice, or a fraction
// where money is whole, is refused instead of guessed at.
func strictFormats(formats map[string]huma.Format) map[string]huma.Format {
	strict := make(map[string]huma.Format, len(formats))
	for name, format := range formats {
		format.Unmarshal = decode
		strict[name] = format
	}
	return strict
}

// decode reads a body twice, as huma asks for it: strictly into any value, which is
// held against the description, and then, the same bytes, into what they are for. It
// tells of a number that does not fit where it stands, not the
// number: an answer repeats nothing of a request.
func decode(data []byte, value any) (err error) {
	if _, first := value.(*any); first {
		err = ledger.DecodeJSON(data, value)
	} else {
		err = json.Unmarshal(data, value)
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	if wrong.Field == "" {
		return errors.New("read json: a number is too large")
	}
	return fmt.Errorf("read json: %s is too large", wrong.Field)
}
