"""The words that the factories make names and texts of.

Our own lists and not Faker's: its words change with its version, and the same seed has to give the same data.
"""

from __future__ import annotations


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


FIRST_NAMES = _words(
    "Aaliyah Adam Aisha Alba Amara Anna Anton Beatriz Ben Bruno Carla Chen Clara Daniel Daria David Elena "
    "Elif Emil Emma Erik Fatima Felix Finn Freya George Grace Hana Hannah Hugo Ibrahim Ines Iris Ivan "
    "Jakub James Jana Jonas Julia Karim Kira Lara Lea Leo Liam Lina Luca Lucia Magnus Maja Marco Maria "
    "Mateo Maya Mia Milan Mina Mohammed Nadia Nina Noah Nora Olga Oliver Omar Oscar Pablo Paula Petra "
    "Priya Rahul Rosa Ruben Sam Sara Selma Simon Sofia Stefan Tara Theo Thomas Tim Tomas Valentina Vera "
    "Victor Yara Yasmin Yusuf Zoe"
)

LAST_NAMES = _words(
    "Abebe Adler Ahmed Almeida Andersen Baker Bauer Becker Berg Bianchi Bos Brown Campos Carter Castro "
    "Cohen Costa Cruz Dahl Davies Demir Diaz Dubois Eriksen Evans Farah Fernandez Fischer Fontaine Garcia "
    "Gomez Gruber Haas Hall Hansen Hassan Hoffmann Horvat Hughes Ibrahim Ivanova Jansen Johnson Jovanovic "
    "Kaya Keller Khan Kim King Klein Kovacs Kowalska Kumar Lang Larsen Lee Lehmann Lopez Marino Martin "
    "Mbeki Meyer Moreau Moretti Murphy Nagy Nguyen Novak Okafor Olsen O'Neill Patel Pereira Petrov "
    "Popescu Reyes Ricci Rossi Roth Ryan Santos Sato Schmidt Schneider Silva Singh Smith Sousa Tanaka "
    "Taylor Torres Vogel Wagner Walker Weber White Wilson Wright Yilmaz Young Zhang"
)

CITIES = _words(
    "Amsterdam Antwerp Athens Barcelona Berlin Bilbao Bologna Bristol Brussels Budapest Cologne "
    "Copenhagen Dublin Edinburgh Florence Gdansk Geneva Ghent Gothenburg Graz Hamburg Helsinki Krakow "
    "Leeds Leipzig Lisbon Liverpool Ljubljana London Lyon Madrid Malaga Manchester Marseille Milan Munich "
    "Nantes Naples Oslo Palermo Paris Porto Prague Riga Rome Rotterdam Salzburg Seville Sofia Stockholm "
    "Stuttgart Tallinn Turin Utrecht Valencia Vienna Vilnius Warsaw Zagreb Zurich"
)

DISTRICTS = (
    "Centre",
    "Harbour",
    "North",
    "Old Town",
    "Riverside",
    "South",
    "Station Quarter",
    "University",
    "West",
)

# industry -> its trades, with what an hour of them pays in whole euros
TRADES: dict[str, dict[str, int]] = {
    "Hospitality": {
        "Barista": 14,
        "Waiter": 13,
        "Bartender": 15,
        "Kitchen porter": 12,
        "Line cook": 17,
        "Host": 13,
    },
    "Retail": {
        "Cashier": 12,
        "Shelf stacker": 12,
        "Sales assistant": 13,
        "Stock taker": 13,
        "Visual merchandiser": 17,
    },
    "Logistics": {
        "Picker": 13,
        "Packer": 12,
        "Forklift driver": 18,
        "Courier": 14,
        "Van driver": 16,
        "Loader": 13,
    },
    "Events": {"Steward": 12, "Stage hand": 16, "Ticket checker": 12, "Light technician": 24, "Promoter": 15},
    "Healthcare": {
        "Care assistant": 16,
        "Nurse": 27,
        "Ward clerk": 15,
        "Patient transport": 15,
        "Phlebotomist": 20,
    },
    "Cleaning": {
        "Office cleaner": 13,
        "Hotel room attendant": 13,
        "Window cleaner": 17,
        "Deep-cleaning crew": 16,
    },
    "Construction": {
        "Labourer": 15,
        "Carpenter": 24,
        "Painter": 20,
        "Scaffolder": 23,
        "Electrician's mate": 19,
    },
    "Manufacturing": {
        "Assembler": 14,
        "Machine operator": 17,
        "Quality checker": 16,
        "Night-shift packer": 15,
    },
    "Security": {"Door supervisor": 17, "Site guard": 15, "Receptionist": 14, "CCTV operator": 18},
    "Agriculture": {"Fruit picker": 12, "Greenhouse worker": 12, "Tractor driver": 17, "Stable hand": 13},
    "Office": {
        "Data entry clerk": 14,
        "Receptionist": 14,
        "Call-centre agent": 14,
        "Bookkeeper": 21,
        "Translator": 26,
    },
    "Education": {"Exam invigilator": 14, "Teaching assistant": 15, "Tutor": 24, "After-school carer": 15},
}

SHIFTS = (  # name, starts at, hours
    ("early shift", 6, 8),
    ("morning shift", 8, 6),
    ("day shift", 9, 8),
    ("lunch shift", 11, 4),
    ("afternoon shift", 13, 7),
    ("evening shift", 17, 6),
    ("late shift", 18, 8),
    ("night shift", 22, 8),
)

JOB_SENTENCES = (
    "We are a small team and need one more pair of hands.",
    "Please arrive fifteen minutes early; somebody will show you around.",
    "Safety shoes are required, gloves are provided.",
    "Experience is welcome but not needed, we train on the spot.",
    "Staff meal and drinks are free during the shift.",
    "Public transport stops right outside, parking is limited.",
    "You will be on your feet for most of the shift.",
    "Good spoken English or the local language is enough.",
    "There is a chance of further shifts for people who fit in.",
    "Breaks are paid.",
    "Bring an identity card; we cannot let you start without it.",
    "The work is light but has to be done with care.",
)

BIO_SENTENCES = (
    "I have worked shifts for years and like the variety.",
    "Punctual, calm when it gets busy, and happy to learn.",
    "Available at weekends and most evenings.",
    "I studied nearby and know the city well.",
    "Forklift licence and first-aid certificate, both current.",
    "Looking for a few regular places rather than a new one every day.",
    "I speak three languages and enjoy working with guests.",
    "Early mornings are no problem.",
    "We run two venues and post shifts a week ahead.",
    "Our regulars come back because we pay on time.",
    "References from earlier clients are on request.",
    "Non-smoker, own car.",
)

NOTE_SENTENCES = (
    "I have done this kind of shift before.",
    "I live ten minutes away.",
    "I can start earlier if that helps.",
    "I worked for you last month and would like to come again.",
    "Could you tell me what to wear?",
    "I have the certificate that you ask for.",
    "I am free the whole week.",
)

GOOD_FEEDBACK = (
    "Everything went as agreed.",
    "On time, friendly and quick to understand what was needed.",
    "Would gladly work together again.",
    "Clear instructions and a good mood in the team.",
    "Paid the same day.",
    "Took over when somebody else fell ill, many thanks.",
    "The place was exactly as described.",
)

BAD_FEEDBACK = (
    "Came half an hour late and did not call.",
    "The shift was longer than the posting said.",
    "Left before the work was done.",
    "Nobody was there to explain anything.",
    "The payment took three weeks.",
    "Not what had been agreed.",
)

HEADLINES = (
    "Reliable help for busy days",
    "Weekend shifts and events",
    "Kitchen and service",
    "Warehouse, driving, anything with wheels",
    "Care with patience",
    "Hiring for two venues",
    "Team lead, always looking for good people",
    "Student, flexible hours",
    "Skilled trades by the day",
    "Seasonal work",
)
