package model

type account struct {
	available, owed int8
	into            uint8 // the survivor of a merge, by number from 1
}

// right is a right as headquarters keeps it; its id is its place from 1.
type right struct {
	account                 int8
	term                    uint8
	tag                     tag
	amount, spent, returned int8
	until                   int8
	open                    bool
	wanted                  bool  // handed back, and not made again yet
	req                     uint8 // the question it answers
	part                    bool  // of a hub's: its lane has it from there
}

func (r *right) rest() int8 { return r.amount - r.spent - r.returned }

// sold is what headquarters knows of a sale's key.
type sold struct {
	entry  uint8 // that has the key
	owner  int8
	paid   int8 // by rights
	funded int8 // by program:loss
	back   int8 // times it came back
	pot    int8 // what an anonymous sale earned and nobody has yet
}

// transfer is an intent: what left one ledger for another.
type transfer struct {
	to     int8
	amount int8
	done   bool // it came in
	seen   bool // the target knows it
}

type stream struct {
	tag   tag
	chain chain
}

const maxTransfers = 2

type headquarters struct {
	inc       uint8 // incarnation; 0 where there is no such headquarters
	streams   [maxTerms][maxStreams]stream
	highest   [maxTerms]uint8 // epoch
	sessions  [maxTerms]uint8 // under way
	fenced    [maxTerms]bool
	awaited   [maxTerms]bool
	heard     [maxTerms]int8 // day of its last request
	posted    uint16         // entries, as bits
	parked    uint16
	accounts  [maxAccounts]account
	rights    [maxRights]right
	keys      [maxKeys]sold
	transfers [maxTransfers]transfer
	loss      int8
	heldBack  int8 // points of fenced terminals, that nobody can spend
	offset    int8 // of its clock
	unsure    bool // its clock jumped and nobody confirmed it
}

func (w *world) resolve(a int8) *account {
	acc := &w.hq.accounts[a]
	if acc.into > 0 {
		return &w.hq.accounts[acc.into-1]
	}
	return acc
}

// credit brings points to an account.
func (w *world) credit(a *account, n int8) {
	if w.keeps(OwedFirst) {
		pays := min(n, a.owed)
		a.owed -= pays
		n -= pays
	}
	a.available += n
}

// claw takes points that a return takes back.
func (w *world) claw(of int8, n int8) {
	a := w.resolve(of)
	takes := min(n, a.available)
	a.available -= takes
	n -= takes
	if !w.keeps(UnescrowedOnly) {
		for i := range w.hq.rights {
			r := &w.hq.rights[i]
			if r.open && r.account == of && r.rest() > 0 && n > 0 {
				r.amount--
				n--
			}
		}
	}
	a.owed += n
}

// post applies an entry that came from a place.
func (w *world) post(entry uint8, from tag) {
	bit := uint16(1) << entry
	if w.hq.posted&bit != 0 && w.keeps(PostOnce) {
		return
	}
	w.hq.parked &^= bit
	f := w.fact(entry)
	judged := from
	if w.keeps(FirstPlace) {
		judged = f.tag
	}
	if f.right > 0 && int(f.right) <= maxRights && w.hq.rights[f.right-1].wanted {
		w.hq.parked |= bit
		return
	}
	switch f.kind {
	case sale:
		w.postSale(entry, f, judged)
	case back:
		if w.hq.keys[f.key-1].entry == 0 {
			if w.keeps(Parked) {
				w.hq.parked |= bit
				return
			}
			break
		}
		w.postBack(f)
	case rightReturn:
		w.postRightReturn(f, judged)
	case claim:
		w.postClaim(f)
	case split, took:
		w.postSplit(f, judged)
	}
	w.hq.posted |= bit
	w.makesAgain()
}

func (w *world) postSale(entry uint8, f *fact, judged tag) {
	if f.key == 0 {
		w.pay(f, judged)
		return
	}
	k := &w.hq.keys[f.key-1]
	first := k.entry == 0 || !w.keeps(FirstSaleWins) || k.entry == entry
	if !first {
		if w.keeps(LoserSpends) {
			w.pay(f, judged)
		}
		return
	}
	paid, funded := w.pay(f, judged)
	again := k.entry != 0
	k.entry, k.owner = entry, f.account
	k.paid += paid
	k.funded += funded
	w.earned(f, k)
	if !again {
		w.unpark(f.key)
	}
}

func (w *world) earned(f *fact, k *sold) {
	switch {
	case f.held && w.keeps(HeldWhenFenced):
		w.hq.heldBack++
	case f.account == nobody:
		k.pot++
	default:
		w.credit(w.resolve(f.account), 1)
	}
}

func (w *world) unpark(key uint8) {
	for e := uint8(1); e <= w.n; e++ {
		if w.hq.parked&(1<<e) != 0 && w.fact(e).key == key {
			w.post(e, tag{})
		}
	}
}

// pay takes what a sale spent from its right, and the excess from the loss.
func (w *world) pay(f *fact, judged tag) (paid, funded int8) {
	if f.amount == 0 {
		return 0, 0
	}
	if int(f.right) <= maxRights {
		r := &w.hq.rights[f.right-1]
		if r.open && r.term == f.term && r.tag == judged && r.rest() >= f.amount {
			r.spent += f.amount
			return f.amount, 0
		}
	}
	if w.keeps(ExcessToLoss) {
		w.hq.loss += f.amount
	} else {
		w.resolve(f.account).available -= f.amount
	}
	return 0, f.amount
}

// postBack takes back what a sale earned and gives back what it was paid with.
func (w *world) postBack(f *fact) {
	k := &w.hq.keys[f.key-1]
	of := k.owner
	if !w.keeps(SaleIsSubject) {
		of = f.account
	}
	if k.back > 0 && w.keeps(Cumulative) {
		return
	}
	k.back++
	if k.owner == nobody {
		k.pot = 0
		return
	}
	w.credit(w.resolve(of), k.paid)
	w.hq.loss -= k.funded
	if first := w.fact(k.entry); first.held && w.keeps(HeldWhenFenced) {
		w.hq.heldBack--
		return
	}
	w.claw(of, 1)
}

func (w *world) postRightReturn(f *fact, judged tag) {
	r := &w.hq.rights[f.right-1]
	if !r.open || r.term != f.term || r.tag != judged {
		return
	}
	n := min(f.amount, r.rest())
	r.returned += n
	r.open = r.rest() > 0
	w.ends(r, n)
}

// ends gives what is left of a right back to whose it was.
func (w *world) ends(r *right, n int8) {
	a := w.resolve(r.account)
	if !w.keeps(EndsAtSurvivor) {
		a = &w.hq.accounts[r.account]
	}
	w.credit(a, n)
}

// postClaim gives an anonymous sale to whoever claims its receipt.
func (w *world) postClaim(f *fact) {
	k := &w.hq.keys[f.key-1]
	if k.entry == 0 || w.fact(k.entry).account != nobody || k.back > 0 {
		return
	}
	if k.owner != nobody && w.keeps(FirstClaimWins) {
		return
	}
	k.owner = f.account
	amount := max(k.pot, 1)
	k.pot = 0
	w.send(f.account, amount)
}

// send makes a transfer's intent in the transaction of what goes out.
func (w *world) send(to, amount int8) {
	for i := range w.hq.transfers {
		if w.hq.transfers[i].amount == 0 {
			w.hq.transfers[i] = transfer{to: to, amount: amount}
			return
		}
	}
}

// arrive brings a transfer in; a crash may keep it from being marked done.
func (w *world) arrive(t *transfer, crash bool) {
	if !t.seen || !w.keeps(TransferOnce) {
		w.credit(w.resolve(t.to), t.amount)
		t.seen = true
	}
	t.done = !crash
}

// merges makes account 1 a forward to account 0, by a person.
func (w *world) merges() {
	from, to := &w.hq.accounts[1], &w.hq.accounts[0]
	from.into = 1
	n, owed := from.available, from.owed
	from.available = 0
	if w.keeps(ForwardOwed) {
		from.owed = 0
		pays := min(owed, to.available)
		to.available -= pays
		to.owed += owed - pays
	}
	w.credit(to, n)
}
