package offline

import (
	"slices"
	"testing"
	"testing/synctest"
)

// Who waits for the writer has it before the one who has it now has it again, however
// many others wait.
func TestTurns(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			var writer turns
			var had []string
			have := func(who string) {
				writer.Lock()
				had = append(had, who)
				writer.Unlock()
			}
			writer.Lock()
			for _, who := range []string{"sent", "sale"} {
				go have(who)
				synctest.Wait() // until it waits
			}
			had = append(had, "settled")
			writer.Unlock()
			have("settled")
			synctest.Wait()
			if !slices.Equal(had, []string{"settled", "sent", "sale", "settled"}) {
				t.Fatalf("the writer had %q", had)
			}
		})
	}
}
