package service

import (
	"io"
	"os"
	"sync/atomic"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// diary is where a daemon's log goes. How much is written can change while it
// runs.
type diary struct {
	io.Writer
	least atomic.Int32 // zerolog.Level
}

// WriteLevel implements zerolog.LevelWriter.
func (d *diary) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	if int32(level) < d.least.Load() {
		return len(line), nil
	}
	return d.Write(line)
}

// setLevel changes how much is written.
func (d *diary) setLevel(name string) error {
	level, err := zerolog.ParseLevel(name)
	if err == nil {
		d.least.Store(int32(level))
	}
	return err
}

// Logger writes JSON lines, or words where a person reads them.
func Logger(w io.Writer, level string) (zerolog.Logger, *diary, error) {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		w = zerolog.ConsoleWriter{Out: w}
	}
	d := &diary{Writer: w}
	if err := d.setLevel(level); err != nil {
		return zerolog.Logger{}, nil, err
	}
	return zerolog.New(d).With().Timestamp().Logger(), d, nil
}
