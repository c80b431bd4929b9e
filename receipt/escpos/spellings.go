package escpos

// spellings are in ASCII, for Latin letters and signs that a printer may lack and
// Unicode does not take apart into letters it has.
var spellings = map[rune]string{
	'ı': "i", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'œ': "oe", 'Œ': "OE", 'ŋ': "n", 'Ŋ': "N", 'ħ': "h", 'Ħ': "H",
	'ŧ': "t", 'Ŧ': "T", 'ĸ': "k", 'ə': "e", 'Ə': "E", 'ẞ': "SS", 'ſ': "s",
	'ø': "o", 'Ø': "O", 'æ': "ae", 'Æ': "AE", 'ß': "ss", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th",

	'€': "EUR", '₺': "TL", '₽': "RUB", '₹': "Rs", '₴': "UAH", '₸': "KZT", '₼': "AZN", '₾': "GEL", '₪': "ILS", '₩': "KRW",
	'©': "(c)", '®': "(R)", '×': "x", '÷': "/", '¦': "|", '·': ".",
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '“': `"`, '”': `"`, '„': `"`, '‹': "<", '›': ">", '«': `"`, '»': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '•': "*", '→': "->", '←': "<-", '✓': "*", '⁄': "/",
}

// bases are the letters of its own alphabet that a letter looks most like;
// they go before its spelling, so that a word stays in one alphabet.
var bases = map[rune]rune{
	'Ә': 'А', 'Ғ': 'Г', 'Қ': 'К', 'Ң': 'Н', 'Ө': 'О', 'Ұ': 'У', 'Ү': 'У', 'Һ': 'Х', 'Ґ': 'Г',
	'ә': 'а', 'ғ': 'г', 'қ': 'к', 'ң': 'н', 'ө': 'о', 'ұ': 'у', 'ү': 'у', 'һ': 'х', 'ґ': 'г',
}
