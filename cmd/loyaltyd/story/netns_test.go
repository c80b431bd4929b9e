package story_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// namespaces give headquarters and each till a network of their own, with a link
// from headquarters to each that can be taken down.
type namespaces struct {
	c      *chain
	prefix string
}

// hqAddress is headquarters' in its namespace, which each till has a route to.
const hqAddress = "10.77.0.1:7790"

// newNamespaces moves a chain that stands into namespaces; nil, with a line that
// says so, where this user may not make any.
func newNamespaces(c *chain) *namespaces {
	n := &namespaces{c, fmt.Sprintf("loyaltyd-%d-", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", n.prefix+"hq").CombinedOutput(); err != nil {
		c.t.Logf("network namespaces need root (%s): the network is cut at a proxy", strings.TrimSpace(string(out)))
		return nil
	}
	c.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", n.prefix+"hq").Run() }) // gone with the machine otherwise
	c.Drain()
	n.ip("-n", "hq", "link", "set", "lo", "up")
	n.ip("-n", "hq", "addr", "add", strings.TrimSuffix(hqAddress, ":7790")+"/32", "dev", "lo")
	for i, l := range c.Lanes {
		n.wire(i+1, l.Name)
		c.rewrite(l.Name, "  url: https://", "  url: https://"+hqAddress+" # ")
	}
	c.rewrite("hq", "listen: 127.0.0.1:0", "listen: "+hqAddress)
	n.boot()
	return n
}

// wire makes a till's namespace and its link to headquarters'.
func (n *namespaces) wire(i int, till string) {
	near, link := n.prefix+till, fmt.Sprintf("till%d", i)
	n.ip("netns", "add", near)
	n.c.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", near).Run() })
	n.ip("link", "add", link, "netns", n.prefix+"hq", "type", "veth", "peer", "name", "eth0", "netns", near)
	n.ip("-n", "hq", "addr", "add", fmt.Sprintf("10.77.%d.1/30", i), "dev", link)
	n.ip("-n", "hq", "link", "set", link, "up")
	n.ip("-n", till, "link", "set", "lo", "up")
	n.ip("-n", till, "addr", "add", fmt.Sprintf("10.77.%d.2/30", i), "dev", "eth0")
	n.ip("-n", till, "link", "set", "eth0", "up")
	n.ip("-n", till, "route", "add", "10.77.0.1", "via", fmt.Sprintf("10.77.%d.1", i))
}

// ip runs ip(8); a namespace behind -n is one of ours.
func (n *namespaces) ip(args ...string) {
	n.c.t.Helper()
	if args[0] == "-n" {
		args[1] = n.prefix + args[1]
	}
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.c.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// boot starts headquarters and the tills, each in its namespace.
func (n *namespaces) boot() {
	n.c.t.Helper()
	var err error
	if n.c.HQ, err = n.c.Start("hq", "hq", n.within("hq")...); err == nil {
		err = n.c.Point(n.c.ctx, "hq", n.c.HQ)
	}
	for _, l := range n.c.Lanes {
		if err == nil {
			err = n.c.Boot(n.c.ctx, l, n.within(l.Name)...)
		}
	}
	if err != nil {
		n.c.t.Fatal(err)
	}
}

func (n *namespaces) within(name string) []string {
	return []string{"ip", "netns", "exec", n.prefix + name}
}

func (n *namespaces) cut()  { n.links("down") }
func (n *namespaces) heal() { n.links("up") }

func (n *namespaces) links(state string) {
	for i := range n.c.Lanes {
		n.ip("-n", "hq", "link", "set", fmt.Sprintf("till%d", i+1), state)
	}
}

// pos is on the till's own machine.
func (n *namespaces) pos(l *stage.Lane) *pos {
	p := newPOS(n.c.t, n.c.Stage, l)
	path := "/run/netns/" + n.prefix + l.Name
	p.client = http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(_ context.Context, network, address string) (conn net.Conn, err error) {
			err = enter(path, func() error {
				conn, err = net.Dial(network, address)
				return err
			})
			return conn, err
		},
	}}
	return p
}

// enter does something in a network namespace and comes back: daemons end with
// the thread that started them, so it may not be left to end.
func enter(path string, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		return err
	}
	defer own.Close()
	other, err := os.Open(path)
	if err != nil {
		return err
	}
	defer other.Close()
	if err := unix.Setns(int(other.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	return errors.Join(do(), unix.Setns(int(own.Fd()), unix.CLONE_NEWNET))
}
