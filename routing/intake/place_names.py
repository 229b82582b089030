"""Names of countries and regions that people use and the ISO lists do not have."""

from __future__ import annotations

_LANGUAGES = (
    "de fr es it pt pt_BR nl sv da nb_NO fi is pl cs sk sl hr sr hu ro bg el ru uk lt lv et tr ar he ja ko zh_CN zh_TW"
)
COUNTRY_LANGUAGES = tuple(_LANGUAGES.split())
"""Languages in whose words countries are understood (“Deutschland”, “Österreich”, “日本”)."""

BEYOND_ISO = {"XK": "Kosovo"}
"""Countries that the list of ISO has not, by the code that is usual for them."""

FURTHER_COUNTRIES = {
    "USA": "US", "U.S.": "US", "U.S.A.": "US", "United States of America": "US", "America": "US", "the States": "US",
    "UK": "GB", "U.K.": "GB", "Great Britain": "GB", "Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB",
    "Northern Ireland": "GB", "Eire": "IE", "Republic of Ireland": "IE", "EL": "GR", "Holland": "NL",
    "The Netherlands": "NL", "Czech Republic": "CZ", "Macedonia": "MK", "Bosnia": "BA", "Moldova": "MD", "Russia": "RU",
    "Russland": "RU", "Russie": "RU", "Rusia": "RU", "Rosja": "RU", "Россия": "RU",
    "Turkey": "TR", "Türkiye": "TR", "Vatican": "VA", "Kosovo": "XK", "XK": "XK", "XKX": "XK",
    "UAE": "AE", "U.A.E.": "AE", "Emirates": "AE", "KSA": "SA", "Iran": "IR", "Syria": "SY", "Palestine": "PS",
    "South Korea": "KR", "Korea": "KR", "North Korea": "KP", "Vietnam": "VN", "Laos": "LA", "Burma": "MM",
    "Brunei": "BN",
    "Taiwan": "TW", "Hong Kong": "HK", "Hong Kong SAR": "HK", "Macau": "MO", "PRC": "CN", "Mainland China": "CN",
    "East Timor": "TL", "Micronesia": "FM", "Ivory Coast": "CI", "Cape Verde": "CV", "Swaziland": "SZ",
    "Tanzania": "TZ", "DRC": "CD", "DR Congo": "CD", "Congo-Kinshasa": "CD", "Congo-Brazzaville": "CG", "Gambia": "GM",
    "The Gambia": "GM", "Bahamas": "BS", "The Bahamas": "BS", "St. Lucia": "LC", "St. Kitts and Nevis": "KN",
    "Trinidad": "TT", "Bolivia": "BO", "Venezuela": "VE", "Brasil": "BR", "Falkland Islands": "FK", "Curacao": "CW",
    "Reunion": "RE", "Virgin Islands": "VI", "US Virgin Islands": "VI", "British Virgin Islands": "VG",
    "Großbritannien": "GB", "Schottland": "GB", "Nordirland": "GB", "Grande-Bretagne": "GB", "Angleterre": "GB",
    "Écosse": "GB", "Gran Bretaña": "GB", "Inglaterra": "GB", "Gran Bretagna": "GB", "Inghilterra": "GB",
    "Groot-Brittannië": "GB", "Amerika": "US", "EE.UU.": "US", "EEUU": "US", "VAE": "AE", "Die Niederlande": "NL",
    "Republik Irland": "IE", "Elfenbeinküste": "CI", "Weißrussland": "BY", "Bosnien": "BA",
    "Bosnien-Herzegowina": "BA", "Mazedonien": "MK", "Moldawien": "MD", "Vatikan": "VA", "Vatikanstadt": "VA",
    "Palästina": "PS", "Birma": "MM", "Swasiland": "SZ", "DR Kongo": "CD", "Kongo-Kinshasa": "CD",
    "Kongo-Brazzaville": "CG", "République du Congo": "CG", "Corea": "KR", "Mikronesien": "FM", "Färöer": "FO",
}  # fmt: skip

FURTHER_REGIONS = {
    "US": {"D.C.": "DC", "Washington DC": "DC", "Washington, D.C.": "DC"},
    "CA": {"Newfoundland": "NL", "PEI": "PE", "P.E.I.": "PE"},
    "GB": {"London": "LND"},
    "DE": {
        "Bavaria": "BY", "Saxony": "SN", "Lower Saxony": "NI", "Saxony-Anhalt": "ST", "North Rhine-Westphalia": "NW",
        "NRW": "NW", "Rhineland-Palatinate": "RP", "Hesse": "HE", "Thuringia": "TH",
        "Mecklenburg-Western Pomerania": "MV", "BaWü": "BW",
    },
    "AT": {
        "Vienna": "9", "Lower Austria": "3", "Upper Austria": "4", "Styria": "6", "Carinthia": "2", "Tyrol": "7",
    },
    "CH": {"Geneva": "GE", "Genf": "GE", "Lucerne": "LU", "Berne": "BE", "Basel": "BS", "Ticino": "TI", "Tessin": "TI",
           "Grisons": "GR", "Vaud": "VD", "Valais": "VS"},
    "FR": {"Brittany": "BRE", "Normandy": "NOR", "Corsica": "20R", "Burgundy": "BFC", "Paris": "75C"},
    "ES": {"Catalonia": "CT", "Andalusia": "AN", "Basque Country": "PV", "Balearic Islands": "IB",
           "Canary Islands": "CN",
           "Navarre": "NC"},
    "IT": {"Lombardy": "25", "Tuscany": "52", "Piedmont": "21", "Sicily": "82", "Sardinia": "88", "Apulia": "75",
           "Latium": "62", "Liguria": "42"},
    "BE": {"Flanders": "VLG", "Vlaanderen": "VLG", "Wallonia": "WAL", "Wallonie": "WAL", "Brussels": "BRU",
           "Bruxelles": "BRU", "Brussel": "BRU"},
    "NL": {"North Holland": "NH", "South Holland": "ZH", "North Brabant": "NB", "Friesland": "FR"},
    "PL": {"Mazovia": "14", "Silesia": "24"},
    "PT": {"Lisbon": "11"},
    "CZ": {"Prague": "10"},
    "IN": {"Delhi": "DL", "New Delhi": "DL", "Bangalore": "KA", "Orissa": "OD"},
    "CN": {"Beijing": "BJ", "Shanghai": "SH", "Guangdong": "GD"},
    "MX": {"Mexico City": "CMX", "CDMX": "CMX", "State of Mexico": "MEX"},
}  # fmt: skip
"""Country → name → code within the country."""

FURTHER_REGIONS_IN_GERMAN = {
    "CH": {"Bern": "BE", "Freiburg": "FR", "St. Gallen": "SG", "Baselland": "BL"},
    "DE": {"Meck-Pomm": "MV"},
}
"""The same in German. Only beside their country: Freiburg lies in Germany, too, where it is no region."""

_FURTHER_PLACES = """
    US|USA|UK|UAE|Iberia|Benelux|Nordics|Scandinavia|Baltics|DACH|EMEA|APAC|LATAM|Europe|Europa|Asia|Africa|Americas
    North America|South America|Latin America|Central America|Middle East|Asia Pacific|Far East|Southeast Asia
    New York|New York City|NYC|Los Angeles|San Francisco|San Diego|San Jose|San Antonio|Chicago|Houston|Dallas|Austin
    Fort Worth|Boston|Seattle|Denver|Atlanta|Miami|Tampa|Orlando|Philadelphia|Pittsburgh|Detroit|Cleveland|Columbus
    Cincinnati|Indianapolis|Minneapolis|Milwaukee|St. Louis|Kansas City|Nashville|Memphis|Charlotte|Raleigh|Baltimore
    Las Vegas|Phoenix|Salt Lake City|Portland|Sacramento|New Orleans|Toronto|Montreal|Vancouver|Calgary|Ottawa|Edmonton
    London|Manchester|Birmingham|Leeds|Liverpool|Bristol|Edinburgh|Glasgow|Cardiff|Belfast|Dublin|Cork
    Berlin|München|Munich|Hamburg|Köln|Cologne|Frankfurt|Frankfurt am Main|Stuttgart|Düsseldorf|Dortmund|Essen|Leipzig
    Dresden|Hannover|Nürnberg|Nuremberg|Bremen|Bonn|Mannheim|Karlsruhe|Wien|Vienna|Graz|Linz|Salzburg|Innsbruck
    Zürich|Genf|Genève|Geneva|Basel|Bern|Lausanne|Paris|Lyon|Marseille|Toulouse|Bordeaux|Lille|Nantes|Nice|Strasbourg
    Madrid|Barcelona|Valencia|Sevilla|Seville|Bilbao|Málaga|Lisboa|Lisbon|Porto|Roma|Rome|Milano|Milan|Torino|Turin
    Napoli|Naples|Bologna|Firenze|Florence|Venezia|Amsterdam|Rotterdam|Den Haag|The Hague|Utrecht|Eindhoven
    Bruxelles|Brussel|Brussels|Antwerpen|Antwerp|Gent|Ghent|Luxembourg|København|Copenhagen|Aarhus|Stockholm
    Göteborg|Gothenburg|Malmö|Oslo|Bergen|Trondheim|Helsinki|Espoo|Tampere|Warszawa|Warsaw|Kraków|Cracow|Wrocław
    Poznań|Gdańsk|Łódź|Praha|Prague|Brno|Bratislava|Budapest|București|Bucharest|Sofia|Athens|Athina|Thessaloniki
    Istanbul|Ankara|Izmir|Moscow|Moskva|Saint Petersburg|Kyiv|Kiev|Lviv|Minsk|Riga|Vilnius|Tallinn|Zagreb|Ljubljana
    Beograd|Belgrade|Dubai|Abu Dhabi|Doha|Riyadh|Jeddah|Kuwait City|Tel Aviv|Jerusalem|Cairo|Casablanca|Lagos|Nairobi
    Accra|Johannesburg|Cape Town|Durban|Pretoria|Mumbai|Bombay|Delhi|New Delhi|Bangalore|Bengaluru|Hyderabad|Chennai
    Pune|Kolkata|Ahmedabad|Karachi|Lahore|Dhaka|Colombo|Bangkok|Singapore|Kuala Lumpur|Jakarta|Manila|Hanoi
    Ho Chi Minh City|Hong Kong|Shanghai|Beijing|Shenzhen|Guangzhou|Chengdu|Taipei|Seoul|Busan|Tokyo|Osaka|Nagoya
    Yokohama|Kyoto|Sydney|Melbourne|Brisbane|Perth|Adelaide|Canberra|Auckland|Wellington|São Paulo|Rio de Janeiro
    Brasília|Belo Horizonte|Curitiba|Porto Alegre|Buenos Aires|Santiago|Lima|Bogotá|Medellín|Quito|Caracas|Montevideo
    Ciudad de México|Mexico City|Guadalajara|Monterrey|Tijuana
"""
FURTHER_PLACES = tuple(place for line in _FURTHER_PLACES.split("\n") for place in line.strip().split("|") if place)
"""Parts of the world and large cities, as they stand behind the names of branches; with the codes that do so."""
_PLACES_THAT_ARE_WORDS = """
    central centre center northern southern eastern western north south east west nord est ouest sud delta union
    capital federal littoral plateau savannes highlands islands
"""
PLACES_THAT_ARE_WORDS = frozenset(_PLACES_THAT_ARE_WORDS.split())
"""Regions of somewhere that mostly are words of names."""
