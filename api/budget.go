package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// budgetHeader says in how many milliseconds a POS wants its answer.
	budgetHeader = "Time-Budget"
	leastBudget  = 50 * time.Millisecond
	mostBudget   = 10 * time.Second
	// mostAtWork is how many calls with a budget are worked on at once, those too
	// whose POS was told that it is late: a disk that hangs gathers no more.
	mostAtWork = 64
)

// inTime answers each call within the budget that it names. What is not done by
// then is worked on to its end, so that the same request, sent again, finds it.
type inTime struct {
	next   *http.ServeMux
	failed func(error)
	atWork chan struct{}
}

// Settle waits until nothing is worked on any more whose POS was told that it is
// late, or until the context ends. It is called once the server is shut down.
func (s *Server) Settle(ctx context.Context) {
	for range mostAtWork {
		select {
		case s.atWork <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

// ServeHTTP implements http.Handler.
func (t *inTime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	budget, ok := budgetOf(r)
	switch {
	case !ok:
		problem(badBudget, "").write(w)
	case budget == 0:
		t.next.ServeHTTP(w, r)
	default:
		t.within(budget, w, r)
	}
}

// budgetOf reads the header; 0 where there is none. A stream has no end to wait for.
func budgetOf(r *http.Request) (budget time.Duration, ok bool) {
	text := r.Header.Get(budgetHeader)
	if text == "" || r.URL.Path == eventsPath {
		return 0, true
	}
	ms, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	budget = time.Duration(ms) * time.Millisecond
	return budget, err == nil && leastBudget <= budget && budget <= mostBudget
}

func (t *inTime) within(budget time.Duration, w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), budget)
	defer cancel()
	select {
	case t.atWork <- struct{}{}:
	default:
		problem(outOfTime, "").write(w)
		return
	}
	asked := r.WithContext(ctx)
	done := make(chan *kept, 1)
	go func() {
		defer func() { <-t.atWork }()
		done <- t.work(asked)
	}()
	select {
	case answer := <-done:
		r.Pattern = asked.Pattern
		answer.write(w)
	case <-ctx.Done():
		_, r.Pattern = t.next.Handler(r)
		problem(outOfTime, "").write(w)
	}
}

// work keeps an answer until it is known whether it is in time. What net/http does
// of a panic for a handler of its own is done here: the others are served.
func (t *inTime) work(r *http.Request) (answer *kept) {
	answer = &kept{header: http.Header{}, status: http.StatusOK}
	defer func() {
		if p := recover(); p != nil {
			t.failed(fmt.Errorf("answer %s: panic: %v", r.Pattern, p))
			answer = &kept{header: http.Header{}}
			problem(notSaved, "").write(answer)
		}
	}()
	t.next.ServeHTTP(answer, r)
	return answer
}

// tellBudget puts the header into the description of each call but a stream.
func tellBudget(calls []*huma.Operation) {
	for _, op := range calls {
		if op.Path == eventsPath {
			continue
		}
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: budgetHeader, In: "header",
			Description: "in how many milliseconds an answer is wanted: headquarters is asked for at most half of it, and what is not done by then is a problem of type out-of-time, worked on to its end",
			Schema:      &huma.Schema{Type: huma.TypeInteger, Minimum: new(float64(leastBudget.Milliseconds())), Maximum: new(float64(mostBudget.Milliseconds()))},
		})
	}
}

// askFor is how long of a call's budget headquarters may be asked: half of what is
// left, the other half is the disk's. 0 is as long as ever.
func askFor(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return max(time.Until(deadline)/2, 1)
}

// kept is an answer in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) { k.status = status }

// Write implements http.ResponseWriter.
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

func (k *kept) write(w http.ResponseWriter) {
	for name, values := range k.header {
		for _, value := range values {
			w.Header().Add(name, value)
		}
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()) // the caller is gone; there is nobody to tell
}
