package command

import (
	"bufio"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readHidden reads one line from a terminal that does not show it.
func readHidden(in *os.File) (string, error) {
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
	line, err := bufio.NewReader(in).ReadString('\n')
	return strings.TrimSpace(line), err
}
