package powercut_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/simulate"
)

// Wherever power is cut at headquarters: it opens, has what it acknowledged, and
// adds up.
func TestPowerCutOfHeadquarters(t *testing.T) {
	t.Parallel()
	for _, err := range cutHeadquarters(t, simulate.Sound, *cuts) {
		t.Error(err)
	}
}

// The images have teeth: of a headquarters that syncs as SQLite does by default,
// some are without what was acknowledged.
func TestNormalSyncOfHeadquartersIsFound(t *testing.T) {
	t.Parallel()
	const images = 40
	bad := cutHeadquarters(t, simulate.NormalSync, images)
	t.Logf("%d of %d images are bad", len(bad), images)
	if len(bad) < images/10 {
		t.Errorf("%d of %d images are bad", len(bad), images)
	}
}

func cutHeadquarters(t *testing.T, mutant simulate.Mutant, images int) []error {
	t.Helper()
	template, err := simulate.NewTemplate(folder(t), simulate.Program, false)
	must(t, err)
	return simulate.CutHeadquarters(simulate.Options{
		Seed: 1, Steps: 120, Mutant: mutant, Template: template, Dir: folder(t),
	}, images)
}
