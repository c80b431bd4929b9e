package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Erasures are read as they were written; what says nothing, or that more was sealed
// past than heard of, is none.
func TestErasures(t *testing.T) {
	for _, want := range []wire.Erasures{{}, {Heard: 5}, {Heard: 1_790_000_000_001, Sealed: 1_790_000_000_000}} {
		got, err := wire.ReadErasures(want.Text())
		if err != nil || got == nil {
			t.Fatalf("%+v: %v", want, err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(diff)
		}
	}
	if got, err := wire.ReadErasures(""); got != nil || err != nil {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	for _, text := range []string{"5", "5.", "a.b", "5.6", "."} {
		if got, err := wire.ReadErasures(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// Whatever is taken for serials is written and read as the same again.
func FuzzReadErasures(f *testing.F) {
	for _, seed := range []string{"", "0.0", "17.9", "9.17", "1.2.3", "-1.-2", "1 2", "9223372036854775808.0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read, err := wire.ReadErasures(text)
		if err != nil || read == nil {
			return
		}
		if again, err := wire.ReadErasures(read.Text()); err != nil || *again != *read {
			t.Errorf("%q is %+v, then %+v: %v", text, read, again, err)
		}
	})
}
