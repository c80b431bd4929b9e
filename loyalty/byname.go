package loyalty

import (
	"encoding/json"
	"maps"
	"slices"
)

// byName is kept as a list: names are written by people, and a key of JSON is
// one of ours.
type byName[K ~string, V any] map[K]V

type named[K ~string, V any] struct {
	Name K `json:"name"`
	Is   V `json:"is"`
}

// MarshalJSON writes the list in order of name.
func (m byName[K, V]) MarshalJSON() ([]byte, error) {
	list := make([]named[K, V], 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, named[K, V]{name, m[name]})
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *byName[K, V]) UnmarshalJSON(text []byte) error {
	var list []named[K, V]
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*m = make(byName[K, V], len(list))
	for _, n := range list {
		(*m)[n.Name] = n.Is
	}
	return nil
}
