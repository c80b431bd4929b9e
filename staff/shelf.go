package staff

import (
	"fmt"
	"os"
	"slices"
)

// Shelf keeps operators where several processes read and change them:
// headquarters' database.
type Shelf interface {
	// Operators returns all of them in order of their ids.
	Operators() ([]Record, error)
	// ChangeOperators gives do all of them, in order of their ids, and keeps what
	// it returns, as if nobody else changed them meanwhile. do may run more than
	// once; its error comes back unchanged, and nothing is changed.
	ChangeOperators(do func([]Record) ([]Record, error)) error
}

// OpenShared reads the book of a headquarters' folder. Its operators are the
// shelf's; who is signed on stands in the folder's file. Operators in that file
// are of an earlier release: they go to the shelf where nobody stands there, once.
// Those that the shelf does not have otherwise are left out, and counted; their
// file is kept as it was, beside.
func OpenShared(dir string, keyed func(what string, data []byte) [32]byte, shelf Shelf) (b *Book, left int, err error) {
	f, err := openFile(dir)
	if err != nil {
		return nil, 0, err
	}
	s := &shared{f, shelf}
	if left, err = s.bring(); err != nil {
		return nil, 0, fmt.Errorf("bring operators to headquarters' database: %w", err)
	}
	b, err = openBook(keyed, s)
	return b, left, err
}

// shared keeps operators on a shelf, and who is signed on in a file.
type shared struct {
	file  *file
	shelf Shelf
}

// bring takes the file's operators over.
func (s *shared) bring() (left int, err error) {
	if len(s.file.has.Staff) == 0 {
		return 0, nil
	}
	err = s.shelf.ChangeOperators(func(all []Record) ([]Record, error) {
		if left = 0; len(all) == 0 {
			return s.file.has.Staff, nil
		}
		for _, r := range s.file.has.Staff {
			if !slices.ContainsFunc(all, func(o Record) bool { return o.ID == r.ID }) {
				left++
			}
		}
		return all, nil
	})
	if err != nil {
		return 0, err
	}
	if left > 0 {
		if err := os.Rename(s.file.path, s.file.path+".aside"); err != nil {
			return 0, err
		}
	}
	// Emptied, so that who was let go since does not come back.
	_, err = s.file.change(func(c *content) error { c.Staff = nil; return nil })
	return left, err
}

func (s *shared) read() (*content, error) {
	all, err := s.shelf.Operators()
	if err != nil {
		return nil, err
	}
	return &content{V: 1, SignedOn: s.file.has.SignedOn, Staff: all}, nil
}

func (s *shared) change(do func(*content) error) (*content, error) {
	var next *content
	err := s.shelf.ChangeOperators(func(all []Record) ([]Record, error) {
		next = &content{V: 1, SignedOn: s.file.has.SignedOn, Staff: slices.Clone(all)}
		return next.Staff, do(next)
	})
	if err != nil {
		return nil, err
	}
	if next.SignedOn == s.file.has.SignedOn {
		return next, nil
	}
	_, err = s.file.change(func(c *content) error { c.SignedOn = next.SignedOn; return nil })
	return next, err
}
