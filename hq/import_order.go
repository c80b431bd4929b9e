package hq

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
)

// Order puts lines of a file in the order of the ids that their members get who are new.
// Ids are drawn by lot: of lines taken in as a file has them each goes to pages of its
// own, a dozen of them once there are many members; of lines in this order those that are
// taken in at once go to the same.
func (f ImportFile) Order(lines []ImportLine) {
	type placed struct {
		of   books.Holder
		line ImportLine
	}
	all := make([]placed, len(lines))
	for i := range lines {
		all[i] = placed{newHolder(f.entryOf(lines[i].Line)), lines[i]}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.of, b.of) })
	for i := range all {
		lines[i] = all[i].line
	}
}
