package sync_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// A headquarters in this process gets the request as it was signed and its
// answer comes back whole; one that panics, or is not waited for, gave none.
func TestInProcess(t *testing.T) {
	var got []string
	transport := hqsync.InProcess{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = []string{r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), string(body)}
		switch r.URL.Path {
		case "/panic":
			panic("at the disk")
		case "/wait":
			<-r.Context().Done()
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "busy")
	})}
	request := hqsync.Request{
		Method: http.MethodPost, Target: "/v1/x?cursor=1.2&wait=25s",
		Header: http.Header{"Authorization": {"Bearer x"}}, Body: []byte("packed"),
	}
	answer, err := transport.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	want := hqsync.Answer{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"7"}}, Body: []byte("busy")}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"POST", request.Target, "Bearer x", "packed"}, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}

	request.Target = "/panic"
	if _, err := transport.Do(t.Context(), request); err == nil || !strings.Contains(err.Error(), "at the disk") {
		t.Errorf("a panic is %v", err)
	}
	request.Target = "/wait"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := transport.Do(ctx, request); !errors.Is(err, context.Canceled) {
		t.Errorf("not waited for: %v", err)
	}
}
