package api

import (
	"context"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	eventsPath = "/v1/events"
	// keptEvents is how many events one who was away may catch up with.
	keptEvents = 1024
	// mostListeners is how many may listen at once: a POS, a page or two.
	mostListeners = 16
	// beatEvery is how often a stream says that it is alive.
	beatEvery = 15 * time.Second
)

// CodeScanned is a scan that is the POS's business, handed on.
type CodeScanned struct {
	Device string `json:"device" doc:"the scanner's name"`
	Kind   string `json:"kind" enum:"product,coupon"`
	Label  string `json:"label" doc:"the article's or coupon's number: EAN-13 for UPC too, GTIN-14, GCN" example:"5901234123457"`
	AIM    string `json:"aim,omitempty" doc:"the symbology identifier, where the scanner sends one" example:"]E0"`
	Data   []byte `json:"data" doc:"what the scanner sent, base64"`
}

// CustomerHere is who keyed her number or showed her card at the counter.
type CustomerHere struct {
	Account ledger.AccountID `json:"account" doc:"for quotes and sales"`
	ID      string           `json:"member_id,omitempty" doc:"which of the account's members is here, where that is known"`
	Name    string           `json:"name" doc:"masked" example:"A. Y."`
	Proof   ledger.Proof     `json:"proof" doc:"how surely she is here"`
}

// CustomerGone says that the counter is free again.
type CustomerGone struct{}

// EntryWritten is a sale, return or void of this till, whoever told it.
type EntryWritten struct {
	Entry    ledger.EntryID `json:"entry"`
	Kind     ledger.Kind    `json:"kind" enum:"sale,return,void"`
	SaleID   string         `json:"sale_id"`
	Day      ledger.Date    `json:"business_day_date" doc:"of the sale"`
	ReturnID string         `json:"return_id,omitempty"`
}

// DeviceChanged is a device that was lost, is back, or says another thing of itself.
type DeviceChanged struct {
	Device string `json:"device"`
	Online bool   `json:"online"`
	Status string `json:"status,omitempty" doc:"what a printer says of itself, once it answers" example:"paper empty"`
}

// DisplayChanged says that the customer display shows something else. What, no
// event tells: a number stands there whole while ENROLL is asked for. Where several
// follow each other only the last is kept.
type DisplayChanged struct{}

// DutyChanged says that another operator is on duty, or nobody any more.
type DutyChanged struct{}

// HeadquartersReached says that headquarters answers, or no longer.
type HeadquartersReached struct {
	Reached bool `json:"reached"`
}

// EventsLost says that there were events which are not kept any more: whoever
// counts on having heard all asks for what it shows anew.
type EventsLost struct{}

// Beat says that the stream is alive.
type Beat struct {
	At time.Time `json:"at"`
}

// eventTypes are what is sent, by name.
var eventTypes = map[string]any{
	"scan": CodeScanned{}, "customer": CustomerHere{}, "customer-gone": CustomerGone{}, "entry": EntryWritten{},
	"device": DeviceChanged{}, "display": DisplayChanged{}, "reach": HeadquartersReached{}, "duty": DutyChanged{}, "lost": EventsLost{}, "beat": Beat{},
}

// Events are what happens at the till, for those who listen. The last ones are
// kept, for one that comes back.
type Events struct {
	mu      sync.Mutex
	kept    []sse.Message // the last ones, by their ids
	dropped int           // id of the last one that is not kept any more
	next    int           // id
	more    chan struct{} // closed at the next event
	ended   bool
	here    *CustomerHere // at the counter; nil where nobody is

	listeners atomic.Int32
}

// NewEvents returns events of a till that starts now. Their ids grow, and go on
// growing after a restart: no till has a thousand events a second.
func NewEvents(now time.Time) *Events {
	next := int(now.UnixMilli())
	return &Events{next: next, dropped: next - 1, more: make(chan struct{})}
}

func isDisplay(data any) bool {
	_, is := data.(DisplayChanged)
	return is
}

// Tell tells one of the event types.
func (e *Events) Tell(data any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.kept) == keptEvents {
		e.dropped = e.kept[keptEvents/2-1].ID
		e.kept = append(e.kept[:0], e.kept[keptEvents/2:]...)
	}
	if last := len(e.kept) - 1; last >= 0 && isDisplay(data) && isDisplay(e.kept[last].Data) {
		e.kept = e.kept[:last] // it is not shown any more
	}
	switch customer := data.(type) {
	case CustomerHere:
		e.here = &customer
	case CustomerGone:
		e.here = nil
	}
	e.kept = append(e.kept, sse.Message{ID: e.next, Data: data})
	e.next++
	close(e.more)
	e.more = make(chan struct{})
}

// Written tells of an entry that is on disk, where it is one that they hear of.
func (e *Events) Written(entry *ledger.Entry) {
	switch {
	case entry.Sale != nil:
		e.Tell(EntryWritten{Entry: entry.ID, Kind: entry.Kind, SaleID: entry.Sale.ID, Day: entry.Day})
	case entry.Return != nil:
		of := entry.Return.Of
		e.Tell(EntryWritten{Entry: entry.ID, Kind: entry.Kind, SaleID: of.ID, Day: of.Day, ReturnID: entry.Return.ID})
	}
}

// customer is who is at the counter; nil where nobody is.
func (e *Events) customer() *CustomerHere {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.here
}

// End ends all streams, and keeps none from beginning that ends at once.
func (e *Events) End() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	close(e.more)
	e.more = make(chan struct{})
}

// after returns the events behind an id, whether some between are not kept any
// more, and what is closed once there are more; ended says that there will be
// none.
func (e *Events) after(id int) (events []sse.Message, lost bool, more <-chan struct{}, ended bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	from := sort.Search(len(e.kept), func(i int) bool { return e.kept[i].ID > id })
	events = append(events, e.kept[from:]...)
	return events, id < e.dropped, e.more, e.ended
}

// last is the id of the latest event.
func (e *Events) last() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.next - 1
}

type eventsInput struct {
	Last int `header:"Last-Event-ID" doc:"the id of the last event heard: those since come first. Without it a stream begins with what happens next"`
}

func (s *Server) routeEvents(routes huma.API) {
	sse.Register(routes, huma.Operation{
		OperationID: "events", Method: http.MethodGet, Path: eventsPath, Summary: "What happens at the till, as it happens",
		Description: "Server-sent events: scans that are the POS's business, who is at the counter, what was sold, devices. " +
			"One that was away says by Last-Event-ID where it was.",
		Security: tokenNeeded, Errors: []int{401, 403, 503}, Middlewares: huma.Middlewares{s.listening},
	}, eventTypes, s.events)
}

// listening lets a stream last, and no more than some begin.
func (s *Server) listening(ctx huma.Context, next func(huma.Context)) {
	defer s.Events.listeners.Add(-1)
	_, w := humago.Unwrap(ctx)
	if s.Events.listeners.Add(1) > mostListeners {
		problem(tooManyEars, "").write(w)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // else its end would be the stream's
	next(ctx)
}

func (s *Server) events(ctx context.Context, input *eventsInput, send sse.Sender) {
	at := s.Events.last()
	if input.Last > 0 {
		at = min(at, input.Last)
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	if send(sse.Message{ID: at, Data: Beat{time.Now()}}) != nil {
		return
	}
	for {
		events, lost, more, ended := s.Events.after(at)
		if lost && send.Data(EventsLost{}) != nil {
			return
		}
		for _, event := range events {
			if send(event) != nil {
				return
			}
			at = event.ID
		}
		if ended {
			return
		}
		select {
		case <-more:
		case <-beat.C:
			if send.Data(Beat{time.Now()}) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
