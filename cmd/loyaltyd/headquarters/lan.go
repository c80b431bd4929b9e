package headquarters

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ReachedAt is how other machines reach a port that listens at address, and
// what to know of it: one that listens everywhere is reached at an address of
// the local network.
func ReachedAt(address *net.TCPAddr) (hostPort, note string) {
	ip := address.AddrPort().Addr().Unmap()
	if ip.IsLoopback() {
		return address.String(), "only this machine reaches " + ip.String() + "; set hq.listen to 0.0.0.0 for others"
	}
	if !ip.IsUnspecified() {
		return address.String(), ""
	}
	all := localAddresses()
	if len(all) == 0 {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(address.Port)), "this machine has no network now: set hq.public_url to the address it will have"
	}
	if len(all) > 1 {
		var others []string
		for _, other := range all[1:] {
			others = append(others, other.String())
		}
		note = "this machine is also " + strings.Join(others, ", ") + "; set hq.public_url if tills reach it there"
	}
	return net.JoinHostPort(all[0].String(), strconv.Itoa(address.Port)), note
}

// localAddresses are this machine's in the networks it is in, the likeliest
// first: that of the default route, then IPv4 and private ones.
func localAddresses() []netip.Addr {
	var all []netip.Addr
	found, _ := net.InterfaceAddrs() // none known is none
	for _, a := range found {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr().Unmap(); err == nil && ip.IsGlobalUnicast() {
			all = append(all, ip)
		}
	}
	first := defaultRoute()
	rank := func(ip netip.Addr) (n int) {
		for i, good := range []bool{ip.IsPrivate(), ip.Is4(), ip == first} {
			if good {
				n -= 1 << i
			}
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b netip.Addr) int { return rank(a) - rank(b) })
	return all
}

// defaultRoute is the address that packets to far away would leave from; zero
// where there is no such route. Nothing is sent.
func defaultRoute() netip.Addr {
	conn, err := net.Dial("udp4", "192.0.2.1:9") // TEST-NET-1 (RFC 5737), the discard port
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}
