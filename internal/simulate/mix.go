package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Mix is which faults a world has: each seed draws its own.
type Mix struct {
	Tills, Members int
	Aging          bool // points wait a day, and end
	Hub            bool // the store has one
	// Of 100 requests so many are lost, or their answers, come twice, come late
	// when nobody waits any more, or are cut short.
	LostRequests, LostAnswers, Repeated, Late, Truncated int
	// How often each of these happens, against each other; 0 is never.
	Kills, Cuts, DiskFaults, HQKills, HQCuts, HQFaults, Partitions, Clocks, Nights, Silences int
	Clones, PutBack, Lost, HQRestores                                                        int
	Erasures, Months, Outages, HubCuts, HubsLost                                             int
}

func drawMix(random *rand.Rand) Mix {
	often := func(percent, most int) int {
		if random.IntN(100) >= percent {
			return 0
		}
		return 1 + random.IntN(most)
	}
	m := Mix{Tills: 2 + random.IntN(2), Members: 1 + random.IntN(3)}
	m.LostRequests, m.LostAnswers, m.Repeated = often(50, 25), often(60, 25), often(50, 25)
	m.Late, m.Truncated = often(50, 20), often(40, 15)
	m.Kills, m.Cuts, m.DiskFaults = often(60, 5), often(70, 8), often(50, 9)
	m.HQKills, m.HQCuts, m.HQFaults = often(40, 3), often(50, 4), often(30, 3)
	m.Partitions, m.Clocks, m.Nights = often(50, 4), often(30, 3), often(60, 5)
	if random.IntN(100) < 40 { // what may cost something
		m.Silences, m.Clones, m.PutBack, m.Lost = often(50, 2), often(50, 2), often(40, 2), often(25, 1)
	}
	m.HQRestores = often(20, 2)
	m.Aging = random.IntN(100) < 30
	m.Erasures, m.Months = often(25, 4), often(10, 1)
	if random.IntN(100) < 12 {
		m.Hub, m.Aging = true, false
		m.Outages, m.HubCuts, m.HubsLost = often(70, 4), often(50, 3), often(40, 2)
	}
	return m
}

// String names what there is of it.
func (m Mix) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d tills, %d members", m.Tills, m.Members)
	if m.Aging {
		b.WriteString(", points that age")
	}
	if m.Hub {
		b.WriteString(", a hub")
	}
	for _, part := range []struct {
		name string
		n    int
	}{
		{"lost requests", m.LostRequests}, {"lost answers", m.LostAnswers}, {"repeated", m.Repeated}, {"late", m.Late},
		{"truncated", m.Truncated}, {"kills", m.Kills}, {"cuts", m.Cuts}, {"disk faults", m.DiskFaults},
		{"hq kills", m.HQKills}, {"hq cuts", m.HQCuts}, {"hq faults", m.HQFaults}, {"partitions", m.Partitions},
		{"clocks", m.Clocks}, {"nights", m.Nights}, {"silences", m.Silences}, {"clones", m.Clones},
		{"put back", m.PutBack}, {"lost", m.Lost}, {"hq restores", m.HQRestores},
		{"erasures", m.Erasures}, {"months", m.Months}, {"outages", m.Outages}, {"hub cuts", m.HubCuts}, {"hubs lost", m.HubsLost},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, ", %s %d", part.name, part.n)
		}
	}
	return b.String()
}
