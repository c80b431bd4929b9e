package command

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// results is where results go. It keeps the first error of writing them: a command
// whose results did not arrive did not succeed.
type results struct {
	io.Writer
	err error
}

func (r *results) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if r.err == nil {
		r.err = err
	}
	return n, err
}

// terminalOn is the terminal that a person reads what is written on, if there is one.
func terminalOn(w io.Writer) (f *os.File, reads bool) {
	if r, ok := w.(*results); ok {
		w = r.Writer
	}
	f, ok := w.(*os.File)
	return f, ok && isatty.IsTerminal(f.Fd())
}

// isTerminal reports whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	_, reads := terminalOn(w)
	return reads
}
