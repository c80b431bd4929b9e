package headquarters

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

// A code names an address that other tills reach, and says where none do.
func TestReachedAt(t *testing.T) {
	address := func(ip string) *net.TCPAddr {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 7790))
	}
	for _, c := range []struct{ ip, reached, note string }{
		{"192.168.1.20", "192.168.1.20:7790", ""},
		{"fd00::20", "[fd00::20]:7790", ""},
		{"127.0.0.1", "127.0.0.1:7790", "only this machine"},
	} {
		reached, note := ReachedAt(address(c.ip))
		if reached != c.reached || !strings.Contains(note, c.note) || (note == "") != (c.note == "") {
			t.Errorf("%s is reached at %s, %q", c.ip, reached, note)
		}
	}
	for _, anywhere := range []string{"0.0.0.0", "::"} {
		reached, note := ReachedAt(address(anywhere))
		host, port, err := net.SplitHostPort(reached)
		if err != nil || port != "7790" {
			t.Fatalf("%s is reached at %q, %v", anywhere, reached, err)
		}
		ip, err := netip.ParseAddr(host)
		if err != nil || ip.IsUnspecified() || ip.IsLoopback() && !strings.Contains(note, "no network") {
			t.Errorf("%s is reached at %s, %q", anywhere, host, note)
		}
	}
}
