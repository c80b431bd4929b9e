package terminal

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// What can wait does so until nobody was served for a moment, at the longest
// ten seconds; what watches over the daemon serves nobody.
func TestLull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lull
		began := time.Now()
		if left := l.delay(began); left > 0 {
			t.Errorf("before the first key: wait %v", left)
		}
		call := func(path string) {
			l.heard(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		wants := func(want time.Duration) {
			t.Helper()
			if left := l.delay(began); left != want {
				t.Errorf("after %v: wait %v, want %v", time.Since(began), left, want)
			}
		}
		l.stir()
		wants(500 * time.Millisecond)
		time.Sleep(400 * time.Millisecond)
		wants(100 * time.Millisecond)
		call("/metrics")
		wants(100 * time.Millisecond)
		call("/v1/members/lookup")
		wants(500 * time.Millisecond)
		time.Sleep(9400 * time.Millisecond)
		l.stir()
		wants(200 * time.Millisecond)
		time.Sleep(time.Second)
		wants(-800 * time.Millisecond)
	})
}
