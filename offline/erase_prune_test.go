package offline_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whoever is erased, before or after the bodies of what was written of her go, is known
// here no more; the journal proves itself, and all that is old goes once headquarters
// has counted it.
func TestErasedAndPruned(t *testing.T) {
	t.Parallel()
	for name, erasedFirst := range map[string]bool{"erased, then pruned": true, "pruned, then erased": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, ana, _ := aged(t)
			tl.backedUp(tl.place())
			steps := []func(){
				func() { tl.erase(7, ana) },
				func() {
					if n := tl.prune(); n != 4 {
						t.Errorf("%d bodies went, want 4", n)
					}
				},
			}
			if !erasedFirst {
				steps[0], steps[1] = steps[1], steps[0]
			}
			for _, step := range steps {
				step()
			}
			for _, when := range []string{"at once", "opened again"} {
				tl.finds(when, anasNumber, ledger.AccountID{})
				tl.erased(when, 7, 7)
				if n := tl.pruned(); n != 4 {
					t.Errorf("%s: verify misses %d bodies, want 4", when, n)
				}
				tl.reopen()
			}
		})
	}
}

// What was written of an erased member and headquarters had not counted goes once it has:
// her account's row names nobody, and still says what is counted.
func TestUncountedOfErasedGoes(t *testing.T) {
	t.Parallel()
	tl, ana, _ := aged(t)
	tl.append(tl.sale(ana, 1))
	tl.erase(7, ana)
	tl.advance(2 * month)
	tl.fill(1, "2027-03-01")
	tl.backedUp(tl.place())
	tl.prune()
	before := tl.pruned()
	counted := tl.row(2, ana, "", ledger.Balance{}, tl.place())
	counted.Account.Name = ""
	tl.apply(counted)
	if gone := tl.prune(); gone == 0 {
		t.Errorf("nothing more than %d bodies went", before)
	}
	tl.clean()
}
