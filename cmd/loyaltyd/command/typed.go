package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

// keyboard is the terminal that a person sits at, where there is one.
func (c *console) keyboard() (in *os.File, sits bool) {
	in, ok := c.in.(*os.File)
	return in, ok && isatty.IsTerminal(in.Fd())
}

// maxLine bounds what is read of a line, in bytes.
const maxLine = 4096

// readLine reads what is keyed up to ENTER. An end of input ends the line; the
// error is context.Canceled where somebody interrupts.
func (c *console) readLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.typed, maxLine)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimSpace(line), err
}

// readHidden reads a line that the terminal does not show.
func (c *console) readHidden(in *os.File) (string, error) {
	fd := int(in.Fd())
	shown, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", err
	}
	hidden := *shown
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return "", err
	}
	defer unix.IoctlSetTermios(fd, unix.TCSETS, shown)
	return c.readLine()
}

// untilInterrupted reads what is typed or piped until the context ends. A read of
// a terminal or pipe waits for as long as nothing comes, and hears of no signal.
func untilInterrupted(ctx context.Context, in io.Reader) io.Reader {
	if f, ok := in.(*os.File); ok {
		return interruptible{ctx, f}
	}
	return in
}

type interruptible struct {
	ctx  context.Context
	file *os.File
}

// lookUpEvery is how often a read that waits looks whether it is interrupted, in
// milliseconds.
const lookUpEvery = 50

func (r interruptible) Read(p []byte) (int, error) {
	ready := []unix.PollFd{{Fd: int32(r.file.Fd()), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(ready, lookUpEvery)
		switch {
		case r.ctx.Err() != nil:
			return 0, context.Cause(r.ctx)
		case n > 0 || err != nil && !errors.Is(err, unix.EINTR):
			return r.file.Read(p) // it says itself what is wrong
		}
	}
}
