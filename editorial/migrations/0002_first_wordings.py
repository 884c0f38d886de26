"""Adds a first list of stigmatizing words, which staff can edit.

Source: public guidance on language about drug use and prison, such as “Words Matter” by the
National Institute on Drug Abuse.
"""

from django.db import migrations

WORDINGS = {
    "abuser": "person who uses drugs",
    "addict": "person with a substance use disorder, or person who uses drugs",
    "addicted baby": "baby exposed to drugs before birth",
    "alcoholic": "person with an alcohol use disorder",
    "clean": "in recovery, or not using drugs; of a test “negative”, of a needle “new”",
    "convict": "person who was convicted",
    "crackhead": "person who uses crack cocaine",
    "criminal": "person with a record, or what the person was accused of",
    "dirty": "of a test “positive”, of a needle “used”",
    "drug abuse": "drug use, or substance use disorder",
    "drug habit": "drug use, or substance use disorder",
    "ex-con": "person who was in prison",
    "ex-addict": "person in recovery",
    "felon": "person with a felony conviction",
    "illegal immigrant": "immigrant without papers",
    "inmate": "person in prison, or person in jail",
    "junkie": "person who uses drugs",
    "offender": "person who was convicted",
    "prisoner": "person in prison",
    "prostitute": "person who does sex work",
    "substance abuse": "substance use, or substance use disorder",
    "the homeless": "people without a home",
    "user": "person who uses drugs",
}


def add(apps, schema_editor):
    wording = apps.get_model("editorial", "Wording")
    wording.objects.bulk_create(
        wording(word=word, instead=instead) for word, instead in WORDINGS.items()
    )


class Migration(migrations.Migration):
    dependencies = [("editorial", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
