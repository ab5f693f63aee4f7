"""The goods of a shop that does not exist: categories, products, colours, and what people write beside them.

A line under a category is: stem of the SKU, name | sizes with prices | colours | what it is. A category's own line
ends with the care that all of its products need.
"""

COLOURS = {
    "amber": "AMB",
    "ash": "ASH",
    "beech": "BEE",
    "black": "BLK",
    "blue": "BLU",
    "brass": "BRS",
    "charcoal": "CHR",
    "clear": "CLR",
    "copper": "COP",
    "cream": "CRM",
    "green": "GRN",
    "grey": "GRY",
    "ink": "INK",
    "moss": "MOS",
    "mustard": "MUS",
    "natural": "NAT",
    "oak": "OAK",
    "olive": "OLV",
    "rose": "ROS",
    "rust": "RST",
    "sage": "SGE",
    "sand": "SND",
    "slate": "SLT",
    "steel": "STL",
    "terracotta": "TER",
    "walnut": "WAL",
    "white": "WHT",
}

GOODS = """
# Kitchen > Cups and mugs | Goes in the dishwasher.
MUG Enamel mug | 350 ml 12.50, 500 ml 14.50 | green cream ink rose | Two coats of enamel on steel; it may go on the hob.
CUP Stoneware cup | 200 ml 11.00 | sand slate sage | Thrown thick enough to keep tea hot for half an hour.
ESP Espresso cup | 80 ml 8.50 | white ink rust | Sold singly; stacks by six.
TRV Travel mug | 340 ml 22.00, 450 ml 25.00 | slate moss cream | Double-walled, with a lid that does not drip.
# Kitchen > Cookware | Wash by hand and dry at once.
PAN Cast iron pan | 20 cm 34.00, 24 cm 42.00, 28 cm 52.00 | | Seasoned twice; heavy, and better every year.
CAS Casserole | 2.5 l 78.00, 4 l 98.00 | green cream ink | Enamelled iron with a lid that bastes.
KET Stovetop kettle | 1.5 l 45.50 | ink cream copper | Whistles. Fits every hob, induction too.
SAU Saucepan | 16 cm 39.00, 18 cm 44.00, 20 cm 49.00 | steel copper | Three layers, a pouring rim on both sides.
WOK Carbon steel wok | 30 cm 38.00, 35 cm 46.00 | | Flat-bottomed, with a second handle for lifting.
# Kitchen > Knives and boards | Wash by hand; oil the wood now and then.
KNF Chef’s knife | 16 cm 58.00, 20 cm 66.00 | oak black | Carbon steel, ground by hand.
PAR Paring knife | 8 cm 24.00 | oak black | For everything that is done in the hand.
BRD Bread knife | 24 cm 49.00 | oak black | Scalloped edge, so the crumb stays whole.
BOA Chopping board | 30 cm 26.00, 40 cm 36.00, 50 cm 48.00 | beech walnut | End grain, with a groove for the juice.
SHR Sharpening stone | | | 1,000 grit on one side, 3,000 on the other.
# Kitchen > Storage | Wipe clean.
JAR Storage jar | 0.5 l 9.50, 1 l 12.00, 2 l 16.00 | clear amber | Cork lid with a silicone seal.
TIN Tea caddy | 100 g 14.00, 250 g 18.00 | moss mustard ink | Two lids, airtight.
BBN Bread bin | | cream slate | Steel, with a board for a lid.
CRT Vegetable crate | small 18.00, large 26.00 | | Slatted beech, stacks.
# Table > Plates and bowls | Goes in the dishwasher.
BWL Serving bowl | 22 cm 27.40, 28 cm 36.00 | rose sand slate | Wide and shallow, glazed inside.
PLT Dinner plate | 21 cm 14.00, 27 cm 18.50 | sand slate white | Stoneware with an unglazed foot.
CER Cereal bowl | 15 cm 13.00 | sand slate sage white | Holds two helpings.
JUG Milk jug | 0.3 l 16.00, 1 l 28.00 | cream ink | Pours without a drop.
# Table > Glasses | Goes in the dishwasher.
TUM Tumbler | 250 ml 7.50, 350 ml 9.00 | clear amber olive | Pressed from old bottles.
WIN Wine glass | 300 ml 12.00, 450 ml 15.00 | clear | Thin rim, sturdy stem.
CAR Carafe | 0.75 l 24.00, 1 l 29.00 | clear olive | Fits the door of a fridge.
# Table > Linen | Washes at 60°.
NAP Linen napkin | set of 4 32.00 | sand rust sage ink | Hemmed by hand, softer with each wash.
TCL Tablecloth | 140 × 180 68.00, 140 × 250 88.00 | sand sage | Washed linen; needs no iron.
TWL Tea towel | 50 × 70 cm 9.50 | rust ink moss mustard | Woven in one piece.
APR Linen apron | | sand ink rust moss | Crosses at the back, with no knot to tie.
# Lighting > Lamps | For bulbs up to 40 W.
LMP Desk lamp | | mustard black sage | Steel arm, stays where it is put.
FLR Floor lamp | | black brass | Swings over a chair, switch on the cord.
TBL Bedside lamp | 28 cm 54.00 | oak walnut rust | Turned foot, linen shade.
PEN Pendant lamp | 20 cm 62.00, 35 cm 94.00 | slate cream copper | Spun from one sheet, with 1.5 m of cord.
# Lighting > Bulbs | Keep dry.
BUL Filament bulb | 4 W 8.00, 7 W 9.50 | clear amber | LED, dimmable, E27.
# Living > Cushions and throws | Washes at 30°.
CSH Cushion cover | 40 cm 24.00, 50 cm 29.00 | rust moss ink sand | Washed cotton with a hidden zip.
THR Wool throw | 130 × 180 96.00 | grey mustard moss | Lambswool, fringed on two sides.
POU Floor pouffe | | rust charcoal | Filled with offcuts; does not sag.
# Living > Vases | Rinse and dry.
VAS Bud vase | 12 cm 14.50, 18 cm 19.50 | clear olive rose | For one stem.
VST Stoneware vase | 20 cm 34.00, 30 cm 52.00 | white terracotta slate | Glazed inside, bare outside.
# Living > Candles and scent | Never leave a flame alone.
CND Soy candle | 180 g 18.00, 300 g 26.00 | moss rose amber | Burns for some forty hours; cotton wick.
TAP Dinner candle | set of 6 12.00 | cream rust ink | Dyed through, so it does not fade as it burns.
HLD Candle holder | | brass black | Cast, with felt underneath.
# Living > Clocks | One AA battery, not included.
CLK Wall clock | 20 cm 32.00, 30 cm 39.00 | slate cream oak | Silent sweep.
ALM Alarm clock | | mustard black | Two hands, one alarm, no screen.
# Bedroom > Bed linen | Washes at 60°.
DUV Duvet cover | single 79.00, double 99.00, king 119.00 | white sage grey | Percale, buttons at the foot.
PIL Pillowcase | pair 28.00 | white sage grey | Percale, with a flap inside.
BLK Cotton blanket | 150 × 200 64.00 | grey rust | Waffle weave, light enough for summer.
# Bath > Towels | Washes at 60°.
HND Hand towel | 50 × 90 14.00 | white slate sage rust | Looped cotton, 500 g/m².
BTH Bath towel | 70 × 140 28.00 | white slate sage rust | Looped cotton, with a loop to hang it by.
MAT Bath mat | 50 × 80 24.00 | white slate | Heavy enough to lie flat.
# Bath > Soap and care | Keep dry between uses.
SOP Bar soap | 120 g 6.50 | olive amber charcoal | Cured for six weeks.
DSH Soap dish | | oak slate | Drains from below.
BRU Bath brush | | beech | Long handle that comes off.
# Garden > Pots | Bring in before frost.
POT Clay pot | 12 cm 6.00, 18 cm 11.00, 24 cm 18.50 | terracotta white | Fired hot, with a hole and a saucer.
PLN Planter | 40 cm 38.00, 60 cm 52.00 | slate moss | Zinc, watertight until you drill it.
HNG Hanging basket | 30 cm 21.00 | natural | Lined with wool.
# Garden > Tools | Wipe with oil before winter.
TRW Hand trowel | | ash | Forged in one piece, with a scale in centimetres.
SEC Secateurs | | black | The spring and the blade can be replaced.
CAN Watering can | 1 l 24.00, 5 l 39.00 | moss mustard cream | Long spout, brass rose.
GLV Garden gloves | small 14.00, medium 14.00, large 14.00 | | Goat leather, washable.
TWN Garden twine | 100 m 7.00 | green natural | Jute, in a tin with a cutter.
# Stationery > Notebooks | Acid-free paper.
NTB Notebook | A5 12.00, A4 16.00 | ink moss rust | Sewn, 160 pages, lies flat.
PKT Pocket book | set of 3 10.50 | sand ink | Stapled, 48 pages, squared.
DRY Desk diary | | ink moss | A week on two pages, without a year.
# Stationery > Desk | Wipe clean.
PNC Pencil | set of 6 8.00 | natural black | Cedar, HB.
SCI Paper scissors | | black brass | Forged; for left and right hands.
TRY Desk tray | A5 19.00, A4 26.00 | oak walnut | Stacks three high.
TPE Tape dispenser | | black rust | Cast iron; stays put.
# Bags | Sponge clean.
TOT Canvas tote | | natural ink moss | 12 oz canvas with a flat bottom.
RKS Rucksack | 14 l 84.00, 22 l 98.00 | moss charcoal mustard | Waxed canvas, one pocket for a laptop.
PCH Zip pouch | small 12.00, large 16.00 | ink rust | For chargers, pencils or tea.
BTL Steel bottle | 500 ml 21.00, 750 ml 24.00 | blue sage black | Keeps cold for a day. Screw lid, no straw.
LCH Lunch tin | 0.8 l 19.00 | steel | Two tiers and a clip.
# Toys and games | For three years and older.
BLO Building blocks | set of 24 28.00, set of 48 48.00 | | Beech offcuts with rounded edges.
PZL Wooden puzzle | 60 pieces 22.00 | | Cut by hand, so each is a little different.
SPN Spinning top | | rust moss mustard | Turned from maple; spins for a minute.
DOM Dominoes | set of 28 26.00 | walnut | In a sliding box.
# Food and drink > Tea and coffee | Best within a year.
TEA Loose tea | 100 g 9.00, 250 g 19.00 | | Second flush, whole leaf.
COF House coffee | 250 g 9.50, 1 kg 32.00 | | Roasted on Mondays; chocolate and orange.
HON Heather honey | 340 g 11.50 | | From moors within a day’s walk.
# Food and drink > Preserves | Refrigerate once open.
MAR Marmalade | 227 g 6.00 | | Seville oranges, coarse cut.
CHU Plum chutney | 227 g 6.50 | | Slow, dark and not very sweet.
OIL Olive oil | 0.5 l 16.00 | | One farm, one harvest.
# Cleaning | Keep out of reach of children.
DBR Dish brush | | beech | The head can be replaced.
SPG Sponge cloth | set of 4 6.00 | | Cellulose; goes in the compost.
SOA Washing-up soap | 300 g 12.00 | | A block in a pot: no bottle to throw away.
"""
# Prices of what comes in one size.
PRICES = {
    "SHR": "34.00",
    "BBN": "44.00",
    "APR": "29.00",
    "LMP": "89.00",
    "FLR": "148.00",
    "POU": "72.00",
    "HLD": "18.00",
    "ALM": "36.00",
    "DSH": "12.00",
    "BRU": "19.00",
    "TRW": "22.00",
    "SEC": "34.00",
    "DRY": "18.50",
    "SCI": "21.00",
    "TPE": "29.00",
    "TOT": "18.00",
    "SPN": "9.00",
    "DBR": "7.50",
}

# Words on the goods of these stems.
TAGS = {
    "bestseller": "MUG KET BWL NTB COF",
    "fragile": "CUP ESP PLT CER JUG TUM WIN CAR VAS VST",
    "gift": "MUG CND SOP TEA HON THR PZL SPN DOM NTB",
    "handmade": "KNF PAR BRD BOA APR SPN PZL BLO POT",
    "outdoor": "POT PLN HNG TRW SEC CAN GLV TWN RKS BTL",
    "winter": "THR BLK CND TEA CHU",
}

NOTES = (
    "Comes in boxes of six; order full boxes.",
    "Three weeks from the maker. Reorder early before December.",
    "Check for chips when it arrives, the last delivery had two.",
    "Price agreed until the end of the year.",
    "The maker is closed in August.",
    "Heavy: second shelf or lower.",
    "Ask for the new label with the next order.",
    "Display piece is by the till.",
)
DAMAGES = ("Chipped in transit", "Dropped while unpacking", "Water got into the box", "Scratched on display")
RETURNS = ("Unwanted gift", "Wrong colour ordered", "Changed their mind", "Sent the wrong size")
