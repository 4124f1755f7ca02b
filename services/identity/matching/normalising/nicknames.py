"""Short and pet forms of given names: a small table of those that no rule finds, and the rule for the others. Pure."""

from functools import cache

# Each line: the forms of one name. A form may stand in several lines (Alex, Sandy); two names are related where a line holds both.
_FORMS = """
abigail abby abbie gail
agnes aggie nessa
albert al bert bertie
alexander alejandro alex alec sandy sasha xander lex ale
alexandra alejandra alexandria alex sandra sandy sasha lexi ale
alfred alfredo al fred freddy alfie
amelia emelia amy millie mia
andrew andy drew andreas andres andrea
ann anne anna ana annie nan nancy anita hannah
anthony antonio tony toni ant toño anton
arthur art artie
barbara barb babs bab barbie bobbie
beatrice beatriz bea trixie
benjamin ben benny jamie
bernard bernie barney
bridget biddie bridie bridey
brittany britney britt
caroline carolina carol carrie caro lina
carolyn carol carrie lyn
catherine katherine kathryn catalina kate katie kathy cathy kay kit kitty cat trina karen
charles carlos karl carl charlie chuck chas chaz
charlotte charlie char lottie lotte
christian christopher cristobal kit chris topher kester
christina cristina christine chris christy tina chrissie kirsty
clarence clare
claudia claude
concepcion concha conchita
consuelo chelo
cynthia cindy cinderella
daniel dan danny
danielle dani ellie elle
david dave davy day davey
deborah debra deb debbie
dennis denny
dolores lola loli
donald don donny
dorothy dot dotty dolly dora
edmund edward eduard eduardo ed eddie ned ted teddy lalo
eleanor elinor leonor ellie nell nellie nora ella
elizabeth isabel elisabeth liz lizzie lisa eliza beth betty betsy bess bessie libby elsie lise sisi
emily emilia emma emmy millie mel em
enrique quique kike henry
eric erik ricky
ernest ernesto ernie
eugene gene
faith fay
felicity flick fee
florence flo flora
frances francesca francisca fran frankie fanny paca cissy
francis francisco franciscus frank frankie fran paco pancho curro franz
franklin frank
fred frederick frederic federico friedrich fritz fede willie
gabriel gabe gabi
george jorge georg jurgen geordie
gerald gerard gerry jerry
gertrude trudy gert
gregory gregorio greg goyo
guadalupe lupe lupita
guillermo william memo guille
harold harry hal
helen elena helena nell nellie lena ellen
henry heinrich hank harry hal heinz
herbert bert herb
hugh huw hughie
ignacio nacho
isaac ike zeke zak
isabella isabelle isabel bella izzy belle
jacob jake jakob jim jaime diego
jacqueline jackie
james jaime jim jimmy jamie jem santiago
jane janet jean jenny janie
janet jan jessie
jennifer jen jenny jenna
jeremy jeremiah jerry
jesse jess
jessica jess jessie
jesus chuy chus
joan juana jo joanna joanie
john johannes jon jack johnny juan hans ian sean ivan
jonathan jon jonny nathan
joseph jose josef joe joey pepe jo sepp
josephine josefina josie jo pepa fifi
joshua josh
juan juanito john
judith judy judi
kenneth ken kenny
kimberly kim kimberley
laura laurie lori
lawrence laurence lorenzo larry laurie lars
leonard leo lenny leon
leonardo leo nardo
lillian lily lil
louis luis lou louie ludwig
louise luisa lou
lucas luke luc lucca
lucy lucia luz lulu
luis lucho
luke lucas lucio
mackenzie mac kenzie
magdalena lena magda maggie
manuel manolo manu lolo
marcus mark marcos marc
margaret margarita maggie meg peggy greta rita madge daisy marge margie
maria mary marie mariah mia molly polly mimi
maria-jose mariajo
martha marta patty mattie
martin marty
matthew mateo matt matty matthias thys thias
megan meg
melanie mel
melissa mel missy lissa
melvin mel
michael miguel mike mick micky mickey mikey micah
michelle mickey shelly
mildred millie
miranda randi mandy
monica monnie
nancy nan
natalie natalia nat nattie nettie tally
nathaniel nathan nate nat
nicholas nicolas nick nicky klaus claus nico
nicole nicky nikki nicola cole
oliver olly ollie
olivia liv livvy
pamela pam
patricia pat patty patsy trish tricia
patrick patricio pat paddy rick
paul pablo paulie
peter pedro pete piet
philip felipe phil pip
priscilla cilla
rachel raquel rae shelly
ralph rafe
raphael rafael rafa
raymond ramon ray
rebecca becky becca reba
richard ricardo rick ricky dick rich richie
robert roberto bob bobby rob robbie bert
roberta bobbie
roger rogelio hodge
roland rollo
ronald ron ronnie
rosario charo
rose rosa rosie
rosemary rosie romy
roxanne roxie
samantha sam sammy
samuel sam sammy
sarah sara sally sadie
sebastian seb bastian baz
sharon shari
sophia sofia sophie
stephanie stefanie steph fani
stephen steven stefan esteban steve stevie
sue susan susana susanne suzanne susie
tabitha tabby
teresa theresa tess tessa terry tere maite
terence terry
theodore ted teddy theo
thomas tomas tom tommy
timothy tim timmy
tobias toby
ulrich uli
valentina vale tina
veronica vero ronnie
victor vic
victoria vicky tori vika
vincent vicente vince vinny chente
virginia ginny ginger
walter walt wally
wilhelm willi william
william bill billy will willie liam bela
winifred winnie freddie
zachary zachery zach zack zak zac
"""
# Names of their own that a slip would make of one another.
_OTHERS_TEXT = """
    aaron abel ada adam addison aidan aiden aisha alan alba alina alma amber amir anais angel angela aria ariel arlo asher ashton
    aubrey audrey austin ava avery axel ayla bailey bella blake boris brady brandon braydon brenda brian brianna brock bruce bruno bryce
    caleb callum cameron carla carlo carly carmen carson carter casey cecilia celia chad chloe clara clark clay cody colin connor cooper
    corey craig dale dana darcy darren dawn dean declan denise derek diana diane dillon dora dylan edgar edith eileen elias elijah elisa
    elise ella ellis elsa elton emery erica erin esther ethan eva evan eve evelyn evie felix fiona flora gail gavin gemma gina glen glenn
    grace graham grant greta harper hazel heather hector heidi hugo hunter ida ingrid irene iris isla ivy jackson jada jade jaden janine
    jared jarrod jasmine jason jay jayden jenna jill joel jonas jordan joyce juliet june justin kai karina karl kasey kayla keira keith
    kelly kelsey kendra kerry kevin kira kyla kyle kylie lana lance laura leah leila lena lewis liam lina linda logan lorena lorna lottie
    luca lukas lydia lyla lynn mabel maia malik mara marcel marco mariana marian marina mario marion marisa marlon mason matilda maya
    mila milo mina mira mohammed monica morgan muriel naomi nelson nina noah noel nora norma olga oscar otto owen paige parker paula
    pauline penelope perry phoebe piper preston quinn reese regina rene renee rhys riley rita robin rory rosa ross roy ruby ruth ryan
    sabrina salma salvador saul scott sean selma serena seth shane shaun shawn sheila shelby silvia simon simone skyler sonia stella
    stuart summer sylvia tamara tanya tara taylor thea theo tiffany toby todd tracy travis trent trevor troy tyler una ursula vanessa
    vera verona viola violet vivian wade wanda warren wayne wendy wesley xavier yasmin yolanda yvonne zara zoe
"""
_DIMINUTIVES = ("ie", "ey", "ito", "ita", "y", "i", "ee")
_VOWELS = "aeiou"


@cache
def _lines_of() -> dict[str, frozenset[int]]:
    lines: dict[str, set[int]] = {}
    for number, line in enumerate(_FORMS.strip().splitlines()):
        for form in line.split():
            lines.setdefault(form, set()).add(number)
    return {form: frozenset(numbers) for form, numbers in lines.items()}


def are_forms_of_one(one: str, other: str) -> bool:
    """Whether two different folded given names can be forms of one (Bob and Robert, Kenny and Kenneth; not Paul and Paula)."""
    table = _lines_of()
    ours, theirs = table.get(one, frozenset[int]()), table.get(other, frozenset[int]())
    if ours & theirs:
        return True
    if differ_by_gender(one, other):
        return False
    return any(_shortens(short, long) for short, long in ((one, other), (other, one)))


@cache
def _others() -> frozenset[str]:
    return frozenset(_OTHERS_TEXT.split())


def is_known(name: str) -> bool:
    """Whether a folded word is a given name of the table: then another of the table is no slip of it (Maria, Marta)."""
    return name in _others() or name in _lines_of()


def differ_by_gender(one: str, other: str) -> bool:
    """Paul and Paula, Mario and Maria: an ending apart, and two people."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return short[:-1] == long[:-1] and short[-1] in _VOWELS and long[-1] in _VOWELS
    return long.startswith(short) and long[len(short) :] in {"a", "e", "o", "ette", "ine", "na", "ina", "ne", "la", "le"}


def _shortens(short: str, long: str) -> bool:
    """Kenny: Ken- of Kenneth. The stem is two letters at least, three where nothing was taken off."""
    for ending in _DIMINUTIVES:
        stem = short.removesuffix(ending)
        if stem == short or len(stem) < 2:
            continue
        if len(stem) > 2 and stem[-1] == stem[-2]:
            stem = stem[:-1]
        if len(stem) >= 2 and long.startswith(stem) and len(long) > len(stem) + 1:
            return len(stem) > 2 or long[2:3] not in _VOWELS
    return len(short) >= 3 and len(long) > len(short) and long.startswith(short)
