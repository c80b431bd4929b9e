package model

// tells is a lane's side of what it says to the hub: all it wrote, then whom it took
// in, where that is not lost on its way.
func (s *store) tells(i int, taken bool) {
	l := &s.lanes[i]
	if l.greeted != s.hub.list {
		l.greeted = s.hub.list
		if s.keeps(ToldAnew) {
			l.told = 0
		}
	}
	if s.keeps(ToldBeforeIntroduced) {
		s.hub.has |= s.wrote(i)
	}
	if l.local == 0 || l.told == l.local {
		return
	}
	if taken {
		s.takesWord(i, l.local)
	}
	if taken || !s.keeps(IntroducedUntilTaken) {
		l.told = l.local
	}
}

// wrote is a lane's journal, as bits.
func (s *store) wrote(i int) (all uint8) {
	for e, f := range s.facts[:s.n] {
		if int(f.lane) == i {
			all |= 1 << e
		}
	}
	return all
}

// takesWord is the hub's side: it keeps whom neither it was told to forget nor the
// feed has brought.
func (s *store) takesWord(i int, account uint8) {
	w := &s.hub.words[i]
	switch {
	case s.isErased(account, s.hub.heard) && s.keeps(ForgottenNotTaken):
	case s.hub.fed != 0:
	case w.account == account && !w.withdrawn:
	default:
		s.hub.end++
		*w = word{account: account, at: s.hub.end}
	}
}

// page is what the hub's list has for a lane.
func (s *store) page(i int) page {
	l, h := &s.lanes[i], &s.hub
	from := l.cursor.at
	if l.cursor.list != h.list && s.keeps(AnotherList) {
		from = 0
	}
	p := page{some: true, to: uint8(i), after: l.cursor, next: mark{h.list, h.end}, heard: h.heard}
	for j, w := range h.words {
		if j != i && w.at > from {
			p.words[j] = w
		}
	}
	return p
}

// hears takes a page.
func (s *store) hears(p page) {
	l := &s.lanes[p.to]
	if l.hubHeard != p.heard {
		l.hubHeard = p.heard
		if s.keeps(ToldAnewAfterErasure) {
			l.told = 0
		}
	}
	if p.heard < l.heard && s.keeps(HeardFirst) {
		if !s.keeps(CursorStays) {
			l.cursor = p.next
		}
		return
	}
	if l.cursor != p.after && s.keeps(StretchGoesOn) {
		return
	}
	if l.cursor.list != p.next.list && s.keeps(AnotherList) {
		l.introduced, l.lies = 0, 0
	}
	l.cursor = p.next
	for _, w := range p.words {
		switch {
		case w.account == 0:
		case w.withdrawn || l.fed != 0:
			l.introduced = 0
		default:
			l.introduced = w.account
		}
	}
}

// isFed is a lane that hears headquarters' feed: of erasures first.
func (s *store) isFed(l *lane) {
	if l.heard < s.hq.serial {
		s.hearsOfErasures(l)
	}
	if l.fed = s.hq.claim; l.fed != 0 {
		l.introduced, l.lies, l.fooled = 0, 0, 0
	}
}

func (s *store) hearsOfErasures(l *lane) {
	l.heard = s.hq.serial
	if s.isErased(l.local, l.heard) {
		l.local = 0
	}
	if s.keeps(LanesForget) || s.isErased(l.introduced, l.heard) {
		l.introduced, l.lies = 0, 0
	}
	if s.keeps(ReadAnewAfterErasure) {
		l.cursor.at = 0
	}
}

// hubIsFed is the hub that hears the feed, and which lanes there are.
func (s *store) hubIsFed() {
	h := &s.hub
	h.heard, h.fed, h.none = s.hq.serial, s.hq.claim, s.hq.fenced
	for i := range h.words {
		w := &h.words[i]
		switch {
		case h.fed != 0 || s.isErased(w.account, h.heard) && s.keeps(HubForgets):
			*w = word{}
		case h.none&(1<<i) != 0 && w.account != 0 && !w.withdrawn && s.keeps(Withdrawn):
			h.end++
			w.withdrawn, w.at = true, h.end
		}
	}
}

// losesFile is a hub whose own file is gone: it begins another list, and is told again
// of erasures and by lanes.
func (s *store) losesFile() {
	h := &s.hub
	*h = storeHub{list: h.list + 1, fed: h.fed, none: h.none}
}
