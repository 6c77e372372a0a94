"""Countries with their capitals and continents, and the conversations about them.

United Nations members and Vatican City; Israel is left out because its capital is disputed.
"""

from corpus.phrasing import Turns, capitalize

# country | capital | region
_TABLE = """
Afghanistan|Kabul|Asia
Albania|Tirana|Europe
Algeria|Algiers|Africa
Andorra|Andorra la Vella|Europe
Angola|Luanda|Africa
Antigua and Barbuda|Saint John's|the Caribbean
Argentina|Buenos Aires|South America
Armenia|Yerevan|Asia
Australia|Canberra|Oceania
Austria|Vienna|Europe
Azerbaijan|Baku|Asia
the Bahamas|Nassau|the Caribbean
Bahrain|Manama|Asia
Bangladesh|Dhaka|Asia
Barbados|Bridgetown|the Caribbean
Belarus|Minsk|Europe
Belgium|Brussels|Europe
Belize|Belmopan|Central America
Benin|Porto-Novo|Africa
Bhutan|Thimphu|Asia
Bolivia|Sucre|South America
Bosnia and Herzegovina|Sarajevo|Europe
Botswana|Gaborone|Africa
Brazil|Brasilia|South America
Brunei|Bandar Seri Begawan|Asia
Bulgaria|Sofia|Europe
Burkina Faso|Ouagadougou|Africa
Burundi|Gitega|Africa
Cambodia|Phnom Penh|Asia
Cameroon|Yaounde|Africa
Canada|Ottawa|North America
Cape Verde|Praia|Africa
the Central African Republic|Bangui|Africa
Chad|N'Djamena|Africa
Chile|Santiago|South America
China|Beijing|Asia
Colombia|Bogota|South America
the Comoros|Moroni|Africa
the Republic of the Congo|Brazzaville|Africa
the Democratic Republic of the Congo|Kinshasa|Africa
Costa Rica|San Jose|Central America
Croatia|Zagreb|Europe
Cuba|Havana|the Caribbean
Cyprus|Nicosia|Europe
the Czech Republic|Prague|Europe
Denmark|Copenhagen|Europe
Djibouti|Djibouti City|Africa
Dominica|Roseau|the Caribbean
the Dominican Republic|Santo Domingo|the Caribbean
Ecuador|Quito|South America
Egypt|Cairo|Africa
El Salvador|San Salvador|Central America
Equatorial Guinea|Malabo|Africa
Eritrea|Asmara|Africa
Estonia|Tallinn|Europe
Eswatini|Mbabane|Africa
Ethiopia|Addis Ababa|Africa
Fiji|Suva|Oceania
Finland|Helsinki|Europe
France|Paris|Europe
Gabon|Libreville|Africa
the Gambia|Banjul|Africa
Georgia|Tbilisi|Asia
Germany|Berlin|Europe
Ghana|Accra|Africa
Greece|Athens|Europe
Grenada|Saint George's|the Caribbean
Guatemala|Guatemala City|Central America
Guinea|Conakry|Africa
Guinea-Bissau|Bissau|Africa
Guyana|Georgetown|South America
Haiti|Port-au-Prince|the Caribbean
Honduras|Tegucigalpa|Central America
Hungary|Budapest|Europe
Iceland|Reykjavik|Europe
India|New Delhi|Asia
Indonesia|Jakarta|Asia
Iran|Tehran|Asia
Iraq|Baghdad|Asia
Ireland|Dublin|Europe
Italy|Rome|Europe
Ivory Coast|Yamoussoukro|Africa
Jamaica|Kingston|the Caribbean
Japan|Tokyo|Asia
Jordan|Amman|Asia
Kazakhstan|Astana|Asia
Kenya|Nairobi|Africa
Kiribati|South Tarawa|Oceania
Kuwait|Kuwait City|Asia
Kyrgyzstan|Bishkek|Asia
Laos|Vientiane|Asia
Latvia|Riga|Europe
Lebanon|Beirut|Asia
Lesotho|Maseru|Africa
Liberia|Monrovia|Africa
Libya|Tripoli|Africa
Liechtenstein|Vaduz|Europe
Lithuania|Vilnius|Europe
Luxembourg|Luxembourg City|Europe
Madagascar|Antananarivo|Africa
Malawi|Lilongwe|Africa
Malaysia|Kuala Lumpur|Asia
the Maldives|Male|Asia
Mali|Bamako|Africa
Malta|Valletta|Europe
the Marshall Islands|Majuro|Oceania
Mauritania|Nouakchott|Africa
Mauritius|Port Louis|Africa
Mexico|Mexico City|North America
Micronesia|Palikir|Oceania
Moldova|Chisinau|Europe
Monaco|Monaco|Europe
Mongolia|Ulaanbaatar|Asia
Montenegro|Podgorica|Europe
Morocco|Rabat|Africa
Mozambique|Maputo|Africa
Myanmar|Naypyidaw|Asia
Namibia|Windhoek|Africa
Nauru|Yaren|Oceania
Nepal|Kathmandu|Asia
the Netherlands|Amsterdam|Europe
New Zealand|Wellington|Oceania
Nicaragua|Managua|Central America
Niger|Niamey|Africa
Nigeria|Abuja|Africa
North Korea|Pyongyang|Asia
North Macedonia|Skopje|Europe
Norway|Oslo|Europe
Oman|Muscat|Asia
Pakistan|Islamabad|Asia
Palau|Ngerulmud|Oceania
Panama|Panama City|Central America
Papua New Guinea|Port Moresby|Oceania
Paraguay|Asuncion|South America
Peru|Lima|South America
the Philippines|Manila|Asia
Poland|Warsaw|Europe
Portugal|Lisbon|Europe
Qatar|Doha|Asia
Romania|Bucharest|Europe
Russia|Moscow|Europe
Rwanda|Kigali|Africa
Saint Kitts and Nevis|Basseterre|the Caribbean
Saint Lucia|Castries|the Caribbean
Saint Vincent and the Grenadines|Kingstown|the Caribbean
Samoa|Apia|Oceania
San Marino|San Marino|Europe
Sao Tome and Principe|Sao Tome|Africa
Saudi Arabia|Riyadh|Asia
Senegal|Dakar|Africa
Serbia|Belgrade|Europe
Seychelles|Victoria|Africa
Sierra Leone|Freetown|Africa
Singapore|Singapore|Asia
Slovakia|Bratislava|Europe
Slovenia|Ljubljana|Europe
the Solomon Islands|Honiara|Oceania
Somalia|Mogadishu|Africa
South Africa|Pretoria|Africa
South Korea|Seoul|Asia
South Sudan|Juba|Africa
Spain|Madrid|Europe
Sri Lanka|Sri Jayawardenepura Kotte|Asia
Sudan|Khartoum|Africa
Suriname|Paramaribo|South America
Sweden|Stockholm|Europe
Switzerland|Bern|Europe
Syria|Damascus|Asia
Tajikistan|Dushanbe|Asia
Tanzania|Dodoma|Africa
Thailand|Bangkok|Asia
Timor-Leste|Dili|Asia
Togo|Lome|Africa
Tonga|Nuku'alofa|Oceania
Trinidad and Tobago|Port of Spain|the Caribbean
Tunisia|Tunis|Africa
Turkey|Ankara|Asia
Turkmenistan|Ashgabat|Asia
Tuvalu|Funafuti|Oceania
Uganda|Kampala|Africa
Ukraine|Kyiv|Europe
the United Arab Emirates|Abu Dhabi|Asia
the United Kingdom|London|Europe
the United States|Washington, D.C.|North America
Uruguay|Montevideo|South America
Uzbekistan|Tashkent|Asia
Vanuatu|Port Vila|Oceania
Vatican City|Vatican City|Europe
Venezuela|Caracas|South America
Vietnam|Hanoi|Asia
Yemen|Sanaa|Asia
Zambia|Lusaka|Africa
Zimbabwe|Harare|Africa
"""

# state | capital
_STATES = """
Alabama|Montgomery
Alaska|Juneau
Arizona|Phoenix
Arkansas|Little Rock
California|Sacramento
Colorado|Denver
Connecticut|Hartford
Delaware|Dover
Florida|Tallahassee
Hawaii|Honolulu
Idaho|Boise
Illinois|Springfield
Indiana|Indianapolis
Iowa|Des Moines
Kansas|Topeka
Kentucky|Frankfort
Louisiana|Baton Rouge
Maine|Augusta
Maryland|Annapolis
Massachusetts|Boston
Michigan|Lansing
Minnesota|Saint Paul
Mississippi|Jackson
Missouri|Jefferson City
Montana|Helena
Nebraska|Lincoln
Nevada|Carson City
New Hampshire|Concord
New Jersey|Trenton
New Mexico|Santa Fe
New York|Albany
North Carolina|Raleigh
North Dakota|Bismarck
Ohio|Columbus
Oklahoma|Oklahoma City
Oregon|Salem
Pennsylvania|Harrisburg
Rhode Island|Providence
South Carolina|Columbia
South Dakota|Pierre
Tennessee|Nashville
Texas|Austin
Utah|Salt Lake City
Vermont|Montpelier
Virginia|Richmond
Washington State|Olympia
West Virginia|Charleston
Wisconsin|Madison
Wyoming|Cheyenne
"""

COUNTRIES = [tuple(line.split("|")) for line in _TABLE.strip().splitlines()]
STATES = [tuple(line.split("|")) for line in _STATES.strip().splitlines()]

# countries that users are most likely to ask about, drawn more often
_COMMON = [
    row
    for row in COUNTRIES
    if row[0]
    in (
        "France", "Italy", "Germany", "Spain", "Japan", "China", "India", "Canada", "Brazil", "Portugal",
        "the United Kingdom", "the United States", "Australia", "Mexico", "Egypt", "Russia", "Greece",
        "Sweden", "Norway", "Poland", "Argentina", "South Korea", "the Netherlands", "Ireland", "Kenya",
    )
]  # fmt: skip

_ASK = [
    "What is the capital of {c}?", "What is the capital of {c}?", "What is the capital of {c}?",
    "What's the capital of {c}?", "What is {c}'s capital?", "What's {c}'s capital city?",
    "What is the capital city of {c}?", "Which city is the capital of {c}?", "Name the capital of {c}.",
    "Tell me the capital of {c}.", "Can you tell me the capital of {c}?", "What city is the capital of {c}?",
    "Capital of {c}?", "Do you know the capital of {c}?", "I need to know the capital of {c}.",
    "The capital of {c} is what city?", "Please tell me what the capital of {c} is.", "Give me the capital of {c}.",
    "Which city is {c}'s capital?", "could you tell me what the capital of {c} is?", "{c} capital?",
]  # fmt: skip
_FOLLOW = [
    "What about {c}?", "And {c}?", "And the capital of {c}?", "How about {c}?", "What about the capital of {c}?",
    "And what is the capital of {c}?", "Now {c}?", "And for {c}?",
]  # fmt: skip
_INVERSE = [
    "Which country has {k} as its capital?", "{k} is the capital of which country?", "What country is {k} the capital of?",
    "{k} is the capital of what country?", "Of which country is {k} the capital?",
]  # fmt: skip
_WHERE = [
    "Where is {c}?", "Where is {c} located?", "Which continent is {c} in?", "On which continent is {c}?",
    "What part of the world is {c} in?", "Where can I find {c}?",
]  # fmt: skip
_ABOUT = ["Tell me about {c}.", "What do you know about {c}?", "What is {c}?", "Tell me something about {c}.",
          "Can you tell me about {c}?"]  # fmt: skip
_IS_IT = ["Is {k} the capital of {c}?", "Is the capital of {c} {k}?", "{k} is the capital of {c}, right?"]


def pick(rng):
    """A country row, common ones more often."""
    return rng.choice(_COMMON) if rng.random() < 0.3 else rng.choice(COUNTRIES)


def capital_answer(country: str, capital: str) -> str:
    """The one sentence with which a capital is given."""
    return f"The capital of {country} is {capital}{'' if capital.endswith('.') else '.'}"


def location_answer(country: str, region: str) -> str:
    """The one sentence with which a location is given."""
    return f"{capitalize(country)} is a country in {region}."


def capitals(rng) -> Turns:
    """A capital, often with follow-up questions about other countries."""
    country, capital, region = pick(rng)
    turns = [(rng.choice(_ASK).format(c=country), capital_answer(country, capital))]
    if rng.random() < 0.12:
        turns.append((rng.choice(["Where is it?", "Where is that?", "Which continent is that on?", "Where is that country?"]),
                      location_answer(country, region)))
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        country, capital, _ = pick(rng)
        turns.append((rng.choice(_FOLLOW).format(c=country), capital_answer(country, capital)))
    return turns


def inverse_capitals(rng) -> Turns:
    """A country from its capital."""
    country, capital, _ = pick(rng)
    turns = [(rng.choice(_INVERSE).format(k=capital), f"{capital} is the capital of {country}.")]
    if rng.random() < 0.3:
        country, capital, _ = pick(rng)
        turns.append((rng.choice(["And {k}?", "What about {k}?"]).format(k=capital), f"{capital} is the capital of {country}."))
    return turns


def capital_checks(rng) -> Turns:
    """A yes-or-no question about a capital."""
    country, capital, _ = pick(rng)
    asked = capital if rng.random() < 0.5 else pick(rng)[1]
    if asked == capital:
        answer = f"Yes, {capital} is the capital of {country}."
    else:
        answer = "No, t" + capital_answer(country, capital)[1:]
    return [(rng.choice(_IS_IT).format(k=asked, c=country), answer)]


def locations(rng) -> Turns:
    """Where a country is, or two sentences about it."""
    country, capital, region = pick(rng)
    if rng.random() < 0.5:
        return [(rng.choice(_WHERE).format(c=country), location_answer(country, region))]
    end = "" if capital.endswith(".") else "."
    return [(rng.choice(_ABOUT).format(c=country), f"{location_answer(country, region)} Its capital is {capital}{end}")]


def state_capitals(rng) -> Turns:
    """The capital of a state of the United States."""
    state, capital = rng.choice(STATES)
    turns = [(rng.choice(_ASK).format(c=state), capital_answer(state, capital))]
    if rng.random() < 0.3:
        state, capital = rng.choice(STATES)
        turns.append((rng.choice(_FOLLOW).format(c=state), capital_answer(state, capital)))
    return turns
