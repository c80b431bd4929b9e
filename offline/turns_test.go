package offline

import (
	"runtime"
	"slices"
	"testing"
)

// Who waits for the writer has it before the one who has it now has it again.
func TestTurns(t *testing.T) {
	for range 100 {
		var writer turns
		var had []string
		done := make(chan bool)
		writer.Lock()
		go func() {
			writer.Lock()
			had = append(had, "sale")
			writer.Unlock()
			close(done)
		}()
		for tries := 0; writer.next.TryLock(); tries++ { // until the sale waits
			if tries == 10_000_000 {
				t.Fatal("who waits for the writer is not the next")
			}
			writer.next.Unlock()
			runtime.Gosched()
		}
		had = append(had, "settled")
		writer.Unlock()
		writer.Lock()
		had = append(had, "settled")
		writer.Unlock()
		<-done
		if !slices.Equal(had, []string{"settled", "sale", "settled"}) {
			t.Fatalf("the writer had %q", had)
		}
	}
}
