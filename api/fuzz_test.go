package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Whatever a POS sends to whichever call is answered with what it asked for or with a
// problem that is its own to mend; it fails nothing, and the sale after it is taken.
func FuzzBodies(f *testing.F) {
	s := newShop(f)
	calls, seeds := s.bodies()
	for i := range calls {
		f.Add(uint8(i), seeds[i])
		f.Add(uint8(i), strings.Replace(seeds[i], `"account"`, `"Account"`, 1)+" ")
	}
	f.Add(uint8(0), `{"redeem":["five",{"reward":"pay","times":250}],"holds":["`+uuid+`3"],"line_items":[{"extended_amount":1e2}]}`)
	f.Fuzz(func(t *testing.T, call uint8, body string) {
		s.t = t
		if body == "" {
			body = " "
		}
		to := calls[int(call)%len(calls)]
		a := s.ask(to.method, to.path, body)
		switch {
		case a.StatusCode/100 == 2 && json.Valid([]byte(a.body)), a.StatusCode == http.StatusNoContent:
		case a.StatusCode/100 == 4:
			s.problem(a, a.StatusCode)
		case a.StatusCode == http.StatusServiceUnavailable && len(s.failed) == 0: // a printer has enough
		default:
			t.Errorf("%d: %s", a.StatusCode, a.body)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.failed) > 0 {
			t.Errorf("the diary was told %v", s.failed)
			s.failed = nil
		}
	})
}

// target is a call that takes a body.
type target struct{ method, path string }

// bodies are the calls of the description that take a body, and an example of each.
func (s *shop) bodies() (calls []target, examples []string) {
	s.t.Helper()
	var d description
	if err := json.Unmarshal([]byte(s.ask(http.MethodGet, "/openapi.json", "").body), &d); err != nil {
		s.t.Fatal(err)
	}
	at := map[target]string{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.RequestBody == nil {
				continue
			}
			path := strings.NewReplacer("{sale_id}", "S-1", "{account}", s.ana.String()).Replace(path)
			call := target{strings.ToUpper(method), path}
			calls, at[call] = append(calls, call), string(op.RequestBody.Content["application/json"].Example)
		}
	}
	slices.SortFunc(calls, func(a, b target) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	for _, call := range calls {
		examples = append(examples, at[call])
	}
	return calls, examples
}
