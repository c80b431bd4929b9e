package pages_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// What the pages say they say in both languages, with the same things in it. What a
// line display says is English as it is, and units are called as the program has them.
func TestBothLanguages(t *testing.T) {
	read := func(file string) map[string]any {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	english, turkish := read("text/en.json"), read("text/tr.json")
	for _, id := range slices.Sorted(maps.Keys(english)) {
		other, there := turkish[id]
		if !there {
			t.Errorf("%s is not there in Turkish", id)
			continue
		}
		if e, o := holes(english[id]), holes(other); !slices.Equal(e, o) {
			t.Errorf("%s names %q, in Turkish %q", id, e, o)
		}
	}
	for id := range turkish {
		if _, there := english[id]; !there && !strings.HasPrefix(id, "said ") {
			t.Errorf("%s is there in Turkish alone", id)
		}
	}
}

// holes are what a text leaves open.
func holes(text any) (found []string) {
	encoded, _ := json.Marshal(text) // it was JSON
	for _, part := range strings.Split(string(encoded), "{{.")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		if !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}
