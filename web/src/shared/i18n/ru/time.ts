import type { Translated } from '..'
import type en from '../en/time'

export default {
  days: { one: '{n} день', few: '{n} дня', many: '{n} дней', other: '{n} дня' },
  hours: '{n} ч',
  minutes: '{n} мин',
  seconds: '{n} с',
  ahead: 'через {span}',
  ago: '{span} назад',
  now: 'сейчас',
  zone: 'Часовой пояс',
  timesIn: 'Время: {place}',
  change: 'Изменить',
  changeZone: 'Изменить часовой пояс',
  search: 'Город, страна или сдвиг от UTC',
  noneFound: 'Такого часового пояса нет',
  doubt: 'Браузер сообщает время UTC. Это верно?',
  doubtWhy: 'Так делают браузеры, которые скрывают, где вы находитесь.',
  keepUtc: 'Да, UTC',
  chooseZone: 'Выбрать пояс',
  // What a zone's city is called, where its name says it otherwise.
  cities:
    'Europe/Moscow=Москва; Europe/Kaliningrad=Калининград; Europe/Samara=Самара; ' +
    'Europe/Saratov=Саратов; Europe/Volgograd=Волгоград; Europe/Astrakhan=Астрахань; ' +
    'Europe/Ulyanovsk=Ульяновск; Europe/Kirov=Киров; Europe/Simferopol=Симферополь; ' +
    'Asia/Yekaterinburg=Екатеринбург; Asia/Omsk=Омск; Asia/Novosibirsk=Новосибирск; ' +
    'Asia/Barnaul=Барнаул; Asia/Tomsk=Томск; Asia/Novokuznetsk=Новокузнецк; ' +
    'Asia/Krasnoyarsk=Красноярск; Asia/Irkutsk=Иркутск; Asia/Chita=Чита; Asia/Yakutsk=Якутск; ' +
    'Asia/Khandyga=Хандыга; Asia/Vladivostok=Владивосток; Asia/Ust-Nera=Усть-Нера; ' +
    'Asia/Magadan=Магадан; Asia/Sakhalin=Сахалин; Asia/Srednekolymsk=Среднеколымск; ' +
    'Asia/Kamchatka=Камчатка; Asia/Anadyr=Анадырь; Europe/Minsk=Минск; Europe/Kiev=Киев; ' +
    'Europe/Kyiv=Киев; Europe/Chisinau=Кишинёв; Europe/Riga=Рига; Europe/Vilnius=Вильнюс; ' +
    'Europe/Tallinn=Таллин; Asia/Tbilisi=Тбилиси; Asia/Yerevan=Ереван; Asia/Baku=Баку; ' +
    'Asia/Almaty=Алматы; Asia/Aqtau=Актау; Asia/Aqtobe=Актобе; Asia/Atyrau=Атырау; ' +
    'Asia/Oral=Уральск; Asia/Qostanay=Костанай; Asia/Qyzylorda=Кызылорда; Asia/Tashkent=Ташкент; ' +
    'Asia/Samarkand=Самарканд; Asia/Bishkek=Бишкек; Asia/Dushanbe=Душанбе; ' +
    'Asia/Ashgabat=Ашхабад; Asia/Ulaanbaatar=Улан-Батор; Europe/Berlin=Берлин; ' +
    'Europe/London=Лондон; Europe/Paris=Париж; Europe/Madrid=Мадрид; Europe/Rome=Рим; ' +
    'Europe/Vienna=Вена; Europe/Zurich=Цюрих; Europe/Amsterdam=Амстердам; ' +
    'Europe/Brussels=Брюссель; Europe/Luxembourg=Люксембург; Europe/Copenhagen=Копенгаген; ' +
    'Europe/Stockholm=Стокгольм; Europe/Oslo=Осло; Europe/Helsinki=Хельсинки; ' +
    'Europe/Warsaw=Варшава; Europe/Prague=Прага; Europe/Bratislava=Братислава; ' +
    'Europe/Budapest=Будапешт; Europe/Bucharest=Бухарест; Europe/Sofia=София; ' +
    'Europe/Belgrade=Белград; Europe/Zagreb=Загреб; Europe/Ljubljana=Любляна; ' +
    'Europe/Sarajevo=Сараево; Europe/Skopje=Скопье; Europe/Podgorica=Подгорица; ' +
    'Europe/Tirane=Тирана; Europe/Athens=Афины; Europe/Istanbul=Стамбул; Europe/Lisbon=Лиссабон; ' +
    'Europe/Dublin=Дублин; Europe/Malta=Мальта; Europe/Monaco=Монако; ' +
    'Atlantic/Reykjavik=Рейкьявик; Atlantic/Azores=Азорские острова; ' +
    'Atlantic/Canary=Канарские острова; Atlantic/Faeroe=Фарерские острова; Asia/Nicosia=Никосия; ' +
    'Asia/Jerusalem=Иерусалим; Asia/Beirut=Бейрут; Asia/Damascus=Дамаск; Asia/Amman=Амман; ' +
    'Asia/Baghdad=Багдад; Asia/Riyadh=Эр-Рияд; Asia/Dubai=Дубай; Asia/Qatar=Катар; ' +
    'Asia/Kuwait=Кувейт; Asia/Tehran=Тегеран; Asia/Kabul=Кабул; Asia/Karachi=Карачи; ' +
    'Asia/Calcutta=Калькутта; Asia/Kolkata=Калькутта; Asia/Colombo=Коломбо; ' +
    'Asia/Katmandu=Катманду; Asia/Kathmandu=Катманду; Asia/Dhaka=Дакка; Asia/Rangoon=Янгон; ' +
    'Asia/Bangkok=Бангкок; Asia/Saigon=Хошимин; Asia/Ho_Chi_Minh=Хошимин; Asia/Jakarta=Джакарта; ' +
    'Asia/Singapore=Сингапур; Asia/Kuala_Lumpur=Куала-Лумпур; Asia/Manila=Манила; ' +
    'Asia/Hong_Kong=Гонконг; Asia/Shanghai=Шанхай; Asia/Taipei=Тайбэй; Asia/Seoul=Сеул; ' +
    'Asia/Pyongyang=Пхеньян; Asia/Tokyo=Токио; Africa/Cairo=Каир; Africa/Casablanca=Касабланка; ' +
    'Africa/Algiers=Алжир; Africa/Tunis=Тунис; Africa/Lagos=Лагос; Africa/Nairobi=Найроби; ' +
    'Africa/Addis_Ababa=Аддис-Абеба; Africa/Johannesburg=Йоханнесбург; ' +
    'America/New_York=Нью-Йорк; America/Chicago=Чикаго; America/Denver=Денвер; ' +
    'America/Phoenix=Финикс; America/Los_Angeles=Лос-Анджелес; America/Anchorage=Анкоридж; ' +
    'America/Toronto=Торонто; America/Vancouver=Ванкувер; America/Halifax=Галифакс; ' +
    'America/St_Johns=Сент-Джонс; America/Mexico_City=Мехико; America/Havana=Гавана; ' +
    'America/Bogota=Богота; America/Lima=Лима; America/Caracas=Каракас; ' +
    'America/Santiago=Сантьяго; America/Sao_Paulo=Сан-Паулу; America/Buenos_Aires=Буэнос-Айрес; ' +
    'America/Argentina/Buenos_Aires=Буэнос-Айрес; America/Montevideo=Монтевидео; ' +
    'America/Godthab=Нуук; America/Nuuk=Нуук; Pacific/Honolulu=Гонолулу; ' +
    'Australia/Sydney=Сидней; Australia/Melbourne=Мельбурн; Australia/Brisbane=Брисбен; ' +
    'Australia/Perth=Перт; Australia/Adelaide=Аделаида; Australia/Darwin=Дарвин; ' +
    'Australia/Lord_Howe=Лорд-Хау; Pacific/Auckland=Окленд',
} satisfies Translated<typeof en>
